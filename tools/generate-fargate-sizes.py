#!/usr/bin/env python3
"""Write data/fargate-sizes.txt: the pairs of CPU and memory that Fargate has, or check the file with `--check`.

The pairs come from the schema of the PyPI package `cfn-lint` (MIT-0), AWS's linter, which follows
<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>.

    pip download --no-deps cfn-lint
    python3 tools/generate-fargate-sizes.py cfn_lint-*.whl [--check]

The output depends on this file and on the package alone; build.rs embeds it.
"""

from pathlib import Path
import json
import sys
import zipfile

OUTPUT = Path(__file__).resolve().parent.parent / "data" / "fargate-sizes.txt"
SCHEMA = "cfnlint/data/schemas/extensions/aws_ecs_taskdefinition/fargate_cpu_memory.json"


def numbers(constraint: dict) -> list[int]:
    """The numbers that a schema of memory in MiB admits."""
    if constraint.keys() == {"enum"}:
        return sorted(int(value) for value in constraint["enum"])
    if constraint.keys() == {"minimum", "maximum", "multipleOf"}:
        return list(range(constraint["minimum"], constraint["maximum"] + 1, constraint["multipleOf"]))
    sys.exit(f"a schema of another form: {constraint}")


def size_lines(schema: dict) -> list[str]:
    sizes = {}
    for pair in schema["then"]["anyOf"]:
        [cpu] = pair["properties"]["Cpu"]["then"]["enum"]
        sizes[int(cpu)] = numbers(pair["properties"]["Memory"]["then"])
    return [" ".join(map(str, [cpu, *memory])) for cpu, memory in sorted(sizes.items())]


def made(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as package:
        [about] = [name for name in package.namelist() if name.endswith(".dist-info/METADATA")]
        head = package.read(about).decode().split("\n\n")[0]
        schema = json.loads(package.read(SCHEMA))
        year, month, day, *_ = package.getinfo(SCHEMA).date_time
    fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    header = [
        "# Sizes of Fargate tasks: the memory that each amount of CPU goes with",
        f"# Source: PyPI package cfn-lint {fields['Version']} ({fields['License-Expression']}), from the AWS documentation",
        f"# Date of the data (of the package): {year}-{month:02}-{day:02}",
        "# Made by tools/generate-fargate-sizes.py; do not edit",
        "#",
        "# One amount of CPU a line, ascending: CPU units (1024 are one vCPU), then amounts of memory in MiB, ascending.",
    ]
    return "\n".join(header + size_lines(schema)) + "\n"


def main(wheel: Path, check: bool) -> None:
    text = made(wheel)
    if not check:
        OUTPUT.write_text(text)
    elif text != OUTPUT.read_text():
        sys.exit(f"{OUTPUT.name} is not what {wheel.name} gives")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--check"]):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:] == ["--check"])
