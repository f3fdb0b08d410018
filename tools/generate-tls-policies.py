#!/usr/bin/env python3
"""Write data/tls-policies.txt: the oldest TLS version that each security policy of load balancers accepts.

The names come from the enum `SslPolicy` of the npm package `aws-cdk-lib` (Apache-2.0), which AWS maintains. The
version is in the name; where the package describes a policy in words that name versions, the two must agree.

    npm pack aws-cdk-lib && tar xzf aws-cdk-lib-*.tgz
    python3 tools/generate-tls-policies.py package

The output depends on this file and on the package alone; build.rs embeds it.
"""

from pathlib import Path
import json
import re
import sys

OUTPUT = Path(__file__).resolve().parent.parent / "data" / "tls-policies.txt"
ENUMS = "aws-elasticloadbalancingv2/lib/shared/enums.d.ts"

# What listeners have that name no policy, however they are made but in the console.
DEFAULT = "ELBSecurityPolicy-2016-08"

# Family, oldest version, variant, and the month in which AWS made it.
NAME = re.compile(r"ELBSecurityPolicy-(?:(?:TLS13|FS|TLS)-1-(?P<minor>[0-3])-)?.*?(?P<date>\d{4}-\d{2})$")

# What policies accept whose names say no version: ELBSecurityPolicy-2016-08, ELBSecurityPolicy-FS-2018-06.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
OLDEST = "1.0"


def oldest(name):
    """The oldest version by the name: ELBSecurityPolicy-TLS13-1-2-Res-2021-06 is 1.2."""
    match = NAME.match(name)
    if not match:
        sys.exit(f"{name}: not the name of a security policy")
    minor = match["minor"]
    return (f"1.{minor}" if minor else OLDEST), match["date"]


def said(comment):
    """The oldest version by the description, where it names one."""
    versions = re.findall(r"(?<![\d.])1\.[0-3](?![\d.])", comment)
    return min(versions) if versions else None


def policies(text):
    body = re.search(r"enum SslPolicy \{(.*?)\n\}", text, re.S)
    if not body:
        sys.exit(f"{ENUMS}: no enum SslPolicy")
    entries = re.findall(r"/\*\*(.*?)\*/\s*\w+ = ['\"]([^'\"]+)['\"]", body[1], re.S)
    for comment, name in entries:
        version, date = oldest(name)
        words = said(comment)
        if words and words != version:
            sys.exit(f"{name}: {version} by its name, {words} by its description")
        yield name, version, date


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    package = Path(sys.argv[1])
    version = json.loads((package / "package.json").read_text())["version"]
    found = sorted(set(policies((package / ENUMS).read_text())))
    if DEFAULT not in {name for name, _, _ in found}:
        sys.exit(f"{DEFAULT}: not among the policies")
    newest = max(date for _, _, date in found)
    lines = [
        "# Security policies of application and network load balancers: the oldest TLS version each accepts",
        f"# Source of the names: npm package aws-cdk-lib {version} (Apache-2.0), from AWS",
        f"# Date of the data (month of the newest policy): {newest}",
        "# Made by tools/generate-tls-policies.py, which reads the versions from the names; do not edit",
        "#",
        "# NAME VERSION, sorted by bytes of the name.",
    ]
    lines += [f"{name} {version}" for name, version, _ in found]
    OUTPUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
