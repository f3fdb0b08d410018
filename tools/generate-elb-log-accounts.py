#!/usr/bin/env python3
"""Write data/elb-log-accounts.txt: the accounts from which Elastic Load Balancing writes access logs.

A bucket policy must name the account of its region, in the regions that were there before August 2022; later ones have
a service principal. AWS documents the accounts on
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html;
the npm package `@aws-cdk/region-info` (Apache-2.0) holds the same list in a form that can be read.

    npm pack @aws-cdk/region-info && tar xzf aws-cdk-region-info-*.tgz
    npm view @aws-cdk/region-info time.modified
    python3 tools/generate-elb-log-accounts.py package 2026-09-15
    python3 tools/generate-elb-log-accounts.py --check package 2026-09-15

The output depends on this file, the package and the date of its release alone; build.rs embeds it.
"""

from pathlib import Path
import json
import re
import sys

OUTPUT = Path(__file__).resolve().parent.parent / "data" / "elb-log-accounts.txt"

FACT = re.compile(
    r'region: "([a-z0-9-]+)", name: fact_1\.FactName\.ELBV2_ACCOUNT, value: "(\d{12})"'
)

# Fewer regions than were there in August 2022 mean that the package has changed its form.
MIN_REGIONS = 25


def table(package: Path, released: str) -> str:
    version = json.loads((package / "package.json").read_text())["version"]
    facts = (package / "lib" / "built-ins.generated.js").read_text()
    accounts = dict(FACT.findall(facts))
    if len(accounts) < MIN_REGIONS:
        sys.exit(f"only {len(accounts)} accounts found in {package}")
    lines = [
        "# Accounts from which Elastic Load Balancing writes access logs",
        f"# Source: npm package @aws-cdk/region-info {version} (Apache-2.0), from the AWS documentation",
        f"# Date of the data: {released}",
        "# Made by tools/generate-elb-log-accounts.py; do not edit",
        "#",
        "# One region a line, sorted by bytes: region, account.",
    ]
    lines += [f"{region} {account}" for region, account in sorted(accounts.items())]
    return "\n".join(lines) + "\n"


def main() -> None:
    arguments = sys.argv[1:]
    check = arguments[:1] == ["--check"]
    if check:
        arguments = arguments[1:]
    if len(arguments) != 2:
        sys.exit(__doc__)
    made = table(Path(arguments[0]), arguments[1])
    if not check:
        OUTPUT.write_text(made)
    elif not OUTPUT.exists() or OUTPUT.read_text() != made:
        sys.exit(f"{OUTPUT} is not what the package says")


if __name__ == "__main__":
    main()
