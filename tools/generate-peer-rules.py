#!/usr/bin/env python3
"""Write data/peer-rules.txt: the ids of other tools' rules that rules here may refer to, or check it with `--check`.

The ids of checkov, cfn-lint and cdk-nag are taken from their packages, those of AWS Security Hub from Prowler, which
carries AWS's standard. The other tools are in no registry that the project builds from: `READ` has their ids, read by
hand from the files that it names, of the parts that deal with what ecslint looks at.

    pip download --no-deps checkov cfn-lint prowler && npm pack cdk-nag
    python3 tools/generate-peer-rules.py FOLDER-OF-THE-PACKAGES [--check]

The output depends on this file and on the packages alone; tests/references.rs reads it, and no program embeds it.
"""

from collections.abc import Iterable
from pathlib import Path
import json
import re
import sys
import tarfile
import zipfile

OUTPUT = Path(__file__).resolve().parent.parent / "data" / "peer-rules.txt"
STANDARD = "prowler/compliance/aws/aws_foundational_security_best_practices_aws.json"
# The day on which the files of READ were read and the packages fetched.
DATE = "2026-11-22"


def several(prefix: str, numbers: str) -> list[str]:
    """The ids of a range in short: several("F", "1-3 7") is F1, F2, F3, F7."""
    ids = []
    for part in numbers.split():
        first, _, last = part.partition("-")
        ids += [f"{prefix}{number:0{len(first)}}" for number in range(int(first), int(last or first) + 1)]
    return ids


# What no registry has: tool, where its ids were read, and the ids.
READ: list[tuple[str, str, list[str]]] = [
    (
        "cfn_nag",
        "GitHub stelligent/cfn_nag (MIT), lib/cfn-nag/custom_rules, and the table of its rules in GitHub "
        "aws-cloudformation/aws-guard-rules-registry (Apache-2.0), mappings/rule_set_cfn_nag.json 3157fe14",
        several("F", "1-16 18-29 32-40 51-52 63 66 68-69 76 78 80 665 1000 2000")
        + several("W", "1-2 5 9-24 26-29 31-44 46-50 52-57 59-62 65-67 69-71 73-75 77-92 1200-1201"),
    ),
    (
        "guard",
        "GitHub aws-cloudformation/aws-guard-rules-registry (Apache-2.0), rules/aws",
        """
        ALB_HTTP_DROP_INVALID_HEADER_ENABLED CFN_AUTHENTICATION_RULE CFN_NO_EXPLICIT_RESOURCE_NAMES
        CLOUD_TRAIL_ENCRYPTION_ENABLED CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK
        EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE ECR_REPO_SCAN_ON_PUSH ELBV2_ACCESS_LOGGING_RULE
        ELBV2_LISTENER_PROTOCOL_RULE ELBV2_LISTENER_SSL_POLICY_RULE ELB_LOGGING_ENABLED
        IAM_MANAGEDPOLICY_NO_STATEMENTS_WITH_FULL_ACCESS IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE
        IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS
        IAM_POLICY_NO_WILDCARD_RESOURCE_ON_PASSROLE IAM_ROLE_ADMINISTRATOR_ACCESS_POLICY_RULE
        IAM_ROLE_ELEVATED_MANAGED_POLICY_RULE IAM_ROLE_NO_ALLOW_PLUS_NOT_PRINCIPAL
        IAM_ROLE_NO_FULL_ACCESS_ON_TRUST_POLICY IAM_ROLE_NO_WILDCARD_ACTIONS_ON_PERMISSIONS
        IAM_ROLE_NO_WILDCARD_RESOURCE_ON_PASSROLE IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_ACTION
        IAM_ROLE_OR_POLICY_NO_ALLOW_PLUS_NOT_RESOURCE INCOMING_SSH_DISABLED MULTI_REGION_CLOUD_TRAIL_ENABLED
        RESTRICTED_INCOMING_TRAFFIC SECURITY_GROUP_INGRESS_ALL_PROTOCOLS_RULE SECURITY_GROUP_INGRESS_PORT_RANGE_RULE
        SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED
        """.split(),
    ),
    (
        "kics",
        "GitHub Checkmarx/kics (Apache-2.0), docs/queries/cloudformation-queries.md 01a24f11 and "
        "assets/queries/cloudFormation/aws/*/metadata.json; the first eight digits of a query's id",
        """
        01986452 01d5a458 027a4b7a 050a9ba8 058ac855 105ba098 1a427b25 275a3217 2a3560fe 33f41d31 3ae83918 494b03d3
        4a1e6b34 4f0908b9 568cc372 65d07da5 6c131358 6e856af2 75be209d 78055456 79d745f0 7f384a5f 809f77f8 80908a75
        87482183 9025b2b3 953b3cdb 9e8c89b3 9ecb6b21 a3e4e39a ab759fde ad21e616 adcd0082 b3de4e4c c0c26068 c1282e03
        c44c95fc c62e8b7d cdbb0467 d24389b4 e200a6f3 e415f8d3 e835bd0d ea33fcf7 ee12ad32 f4c9b5f5 f62aa827 f6d299d2
        f80e3aa7 fb2b0ecf
        """.split(),
    ),
    (
        "trivy",
        "GitHub aquasecurity/trivy-checks (MIT), avd_docs/aws/{cloudtrail,cloudwatch,ec2,ecr,ecs,efs,elb,iam,sns,sqs,ssm}; newer "
        "versions leave the prefix AVD- out and take it as an alias",
        several("AVD-AWS-", "0008-0009 0014-0017 0026-0037 0047 0052-0054 0056-0063 0095-0096 0098-0099 0101-0102")
        + several("AVD-AWS-", "0104-0105 0107 0122-0124 0129-0131 0140-0146 0161-0169 0173 0178 0342 0344-0353"),
    ),
    (
        "control-tower",
        "AWS Control Tower Controls Reference Guide, ecs-rules.html",
        several("CT.ECS.PR.", "1-12"),
    ),
    (
        "security-hub",
        "AWS Security Hub User Guide, {cloudwatch,ecr,ecs,ec2,elb}-controls.html, for what the standard in Prowler leaves out",
        several("CloudWatch.", "15 17")
        + several("ECR.", "5")
        + several("ECS.", "16-21")
        + several("EC2.", "55-57 170")
        + several("ELB.", "17-18"),
    ),
]


def metadata(wheel: zipfile.ZipFile) -> dict[str, str]:
    [about] = [name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
    head = wheel.read(about).decode().split("\n\n")[0]
    return dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)


def of_wheel(path: Path, ids: re.Pattern[str], files: re.Pattern[str]) -> tuple[str, set[str]]:
    """The package's name, version and licence, and what of its files matches."""
    with zipfile.ZipFile(path) as wheel:
        about = metadata(wheel)
        texts = (wheel.read(name).decode() for name in wheel.namelist() if files.fullmatch(name))
        found = {match for text in texts for match in ids.findall(text)}
    licence = about.get("License-Expression") or about["License"]
    return f"PyPI package {about['Name']} {about['Version']} ({licence})", found


def of_cdk_nag(path: Path) -> tuple[str, set[str]]:
    with tarfile.open(path) as package:
        def read(name: str) -> str:
            member = package.extractfile(f"package/{name}")
            return member.read().decode() if member else sys.exit(f"{path}: no {name}")

        about = json.loads(read("package.json"))
        found = set(re.findall(r"^\| (AwsSolutions-[A-Z0-9]+)", read("RULES.md"), re.M))
    return f"npm package {about['name']} {about['version']} ({about['license']})", found


def of_prowler(path: Path) -> tuple[str, set[str]]:
    with zipfile.ZipFile(path) as wheel:
        about = metadata(wheel)
        standard = json.loads(wheel.read(STANDARD))
    source = f"PyPI package prowler {about['Version']} ({about['License-Expression']}), {STANDARD}"
    return source, {requirement["Id"] for requirement in standard["Requirements"]}


def one(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{folder}: {len(found)} files fit {pattern}, not one")
    return found[0]


def packaged(folder: Path) -> Iterable[tuple[str, str, set[str]]]:
    checkov = one(folder, "checkov-*.whl")
    ids = re.compile(r"""["'](CKV2?_AWS_\d+|CKV_SECRET_\d+)["']""")
    yield "checkov", *of_wheel(checkov, ids, re.compile(r"checkov/(?!.*/example_).*\.(py|json|yaml)"))
    rules = re.compile(r"cfnlint/rules/.*\.py")
    yield "cfn-lint", *of_wheel(one(folder, "cfn_lint-*.whl"), re.compile(r'^    id = "([EWI]\d{4})"', re.M), rules)
    yield "cdk-nag", *of_cdk_nag(one(folder, "cdk-nag-*.tgz"))
    yield "security-hub", *of_prowler(one(folder, "prowler-*.whl"))


def made(folder: Path) -> str:
    sources, rules = [], set()
    for tool, source, ids in [*packaged(folder), *READ]:
        if not ids:
            sys.exit(f"{tool}: no ids in {source}")
        sources.append(f"#   {tool}: {source}")
        rules.update(f"{tool} {id}" for id in ids)
    header = [
        "# Ids of other tools' rules, by which `references` of the rules here are checked",
        "# Sources; packages are read by the tool, anything else was read by hand, and only in part:",
        *sources,
        f"# Date of the data (on which all of it was fetched): {DATE}",
        "# Made by tools/generate-peer-rules.py; do not edit",
        "#",
        "# One rule a line, sorted by bytes: tool, id.",
    ]
    return "\n".join(header + sorted(rules)) + "\n"


def main(folder: Path, check: bool) -> None:
    text = made(folder)
    if not check:
        OUTPUT.write_text(text)
    elif OUTPUT.read_text() != text:
        sys.exit(f"{OUTPUT.name} is not what {Path(__file__).name} makes of these packages")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    main(Path(arguments[0]), check="--check" in sys.argv)
