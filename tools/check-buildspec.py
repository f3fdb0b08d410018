#!/usr/bin/env python3
"""Checks a buildspec against the parts of its reference that it uses.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import sys
from pathlib import Path

import yaml

KEYS = {"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"}
PHASES = {"install", "pre_build", "build", "post_build"}
PHASE_KEYS = {"run-as", "on-failure", "runtime-versions", "commands", "finally"}
REPORT_KEYS = {"files", "base-directory", "discard-paths", "file-format"}
FORMATS = {"CUCUMBERJSON", "JUNITXML", "NUNITXML", "NUNIT3XML", "TESTNGXML", "VISUALSTUDIOTRX"}


def check(spec):
    assert spec["version"] == 0.2, "version 0.2 runs all commands in one shell"
    assert set(spec) <= KEYS, set(spec) - KEYS
    assert set(spec["phases"]) <= PHASES, set(spec["phases"]) - PHASES
    for name, phase in spec["phases"].items():
        assert set(phase) <= PHASE_KEYS, (name, set(phase) - PHASE_KEYS)
        assert phase["commands"] and all(isinstance(command, str) for command in phase["commands"]), name
        assert name == "install" or "runtime-versions" not in phase, "runtime-versions belongs to install"
    for name, report in spec.get("reports", {}).items():
        assert set(report) <= REPORT_KEYS, (name, set(report) - REPORT_KEYS)
        assert report["files"] and report["file-format"] in FORMATS, name
        written = " ".join(command for phase in spec["phases"].values() for command in phase["commands"])
        for file in report["files"]:
            assert f"={file}" in written, f"no command writes {file}"


for path in sys.argv[1:]:
    check(yaml.safe_load(Path(path).read_text()))
