#!/usr/bin/env python3
"""Fills fuzz/corpus with what the repository has: templates, parameter files, rules; and fuzz/seeds for the rest.

Files are named by what is in them, so running it again adds nothing and takes nothing that a fuzzer found.
"""

import hashlib
import pathlib

FUZZ = pathlib.Path(__file__).resolve().parent
FIXTURES = FUZZ.parent / "fixtures"
TEMPLATES = {".yaml", ".yml", ".json", ".template"}
# Larger seeds slow a fuzzer down more than they tell it.
MAX_BYTES = 24 << 10
# The line that names the file below it, as fuzz/src/lib.rs reads it.
MARK = b"#=== %s\n"


def add(target, data):
    if 0 < len(data) <= MAX_BYTES:
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def ended(data):
    return data if data.endswith(b"\n") else data + b"\n"


def joined(folder):
    """The files below a folder as one input."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in TEMPLATES)
    named = [MARK % path.relative_to(folder).as_posix().encode() + ended(path.read_bytes()) for path in files]
    return b"".join(named)


def main():
    for path in FIXTURES.rglob("*"):
        if path.suffix in TEMPLATES:
            add("parse", path.read_bytes())
    # A case of a rule is a file, or a folder of files that are checked together.
    folders = [FIXTURES / "platform", FIXTURES / "readme" / "templates", *(FIXTURES / "deployments").iterdir()]
    for case in FIXTURES.glob("*/*/*"):
        if case.is_dir():
            folders.append(case)
        elif case.suffix in TEMPLATES:
            add("check", case.read_bytes())
    for folder in folders:
        add("check", joined(folder))
    for path in [*(FUZZ.parent / "rules").glob("*.yaml"), FIXTURES / "own-rules" / "image-from-our-registry.yaml"]:
        add("jsonpath_rules", path.read_bytes())
    lists = [*FIXTURES.rglob("param*/*"), *FIXTURES.rglob("parameters.json"), *FIXTURES.rglob("samconfig.toml")]
    for path in lists:
        if path.is_file() and path.suffix in {".json", ".yaml", ".env", ".toml"}:
            add("parameters", MARK % path.name.encode() + path.read_bytes())
    for path in (FUZZ / "seeds").glob("*/*"):
        add(path.parent.name, path.read_bytes())
    for folder in sorted((FUZZ / "corpus").iterdir()):
        print(f"{folder.name}: {len(list(folder.iterdir()))}")


if __name__ == "__main__":
    main()
