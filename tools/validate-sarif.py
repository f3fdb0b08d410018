#!/usr/bin/env python3
"""Validates SARIF files against the official schema.

usage: validate-sarif.py SCHEMA SARIF...

SCHEMA is sarif-schema-2.1.0.json of OASIS. Its pattern for language codes misses a bracket, "...{2}]?$"; it is mended
before use, and the script stops when it no longer finds it. Needs the package `jsonschema` (PyPI). Prints one verdict
per file; exit status 0 when all are valid, 1 when one is not, 2 when something could not be read.
"""
import json
import sys

BROKEN = "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$"
MENDED = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$"
ERRORS_SHOWN = 20


def mend(node):
    """Replaces the broken pattern everywhere below `node`; returns how often."""
    if isinstance(node, list):
        return sum(mend(item) for item in node)
    if not isinstance(node, dict):
        return 0
    found = 0
    if node.get("pattern") == BROKEN:
        node["pattern"] = MENDED
        found = 1
    return found + sum(mend(value) for value in node.values())


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        sys.exit(2)


def main():
    if len(sys.argv) < 3:
        print(__doc__.strip(), file=sys.stderr)
        sys.exit(2)
    try:
        import jsonschema
    except ImportError:
        print("the Python package jsonschema is not installed", file=sys.stderr)
        sys.exit(2)
    schema = load(sys.argv[1])
    if mend(schema) == 0:
        print(f"{sys.argv[1]}: the broken pattern is gone, this script needs a look", file=sys.stderr)
        sys.exit(2)
    validator = jsonschema.validators.validator_for(schema)(schema)
    valid = True
    for path in sys.argv[2:]:
        errors = sorted(validator.iter_errors(load(path)), key=lambda error: list(map(str, error.absolute_path)))
        print(f"{path}: {'valid' if not errors else f'{len(errors)} errors'}")
        for error in errors[:ERRORS_SHOWN]:
            print(f"  /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
        valid = valid and not errors
    sys.exit(0 if valid else 1)


if __name__ == "__main__":
    main()
