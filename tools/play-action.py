#!/usr/bin/env python3
"""Plays the steps of a composite GitHub Action in bash, with the variables that GitHub sets, and checks how they end.

    tools/play-action.py action.yml FOLDER-WITH-WHEEL

Of GitHub's expressions it knows those that the action uses: `inputs.*`, `steps.*.outputs.*`, `always()`, `!=`, `==`, `&&`.
A step that uses another action is not run; what it would be given is kept.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

PUBLIC = """\
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration:
          AssignPublicIp: ENABLED
          Subnets: [subnet-0a]
          SecurityGroups: [sg-0a]
"""
GOOD = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"


class Run:
    """One job with the action as its only step."""

    def __init__(self, action, wheels, inputs, environment=None):
        self.inputs = {name: spec.get("default", "") for name, spec in action["inputs"].items()}
        unknown = set(inputs) - set(self.inputs)
        assert not unknown, f"unknown inputs: {unknown}"
        self.inputs.update(inputs)
        self.outputs = {}
        self.used = []
        self.log = ""
        self.failed = False
        self.summary = ""
        self.environment = environment or {}
        self.wheels = wheels
        self.action = action

    def value(self, expression):
        expression = expression.strip()
        if match := re.fullmatch(r"inputs\.([\w-]+)", expression):
            return self.inputs[match[1]]
        if match := re.fullmatch(r"steps\.([\w-]+)\.outputs\.([\w-]+)", expression):
            return self.outputs.get(match[1], {}).get(match[2], "")
        if match := re.fullmatch(r"'([^']*)'", expression):
            return match[1]
        raise AssertionError(f"unknown expression: {expression}")

    def text(self, text):
        return re.sub(r"\$\{\{(.*?)\}\}", lambda match: self.value(match[1]), str(text))

    def holds(self, condition):
        if condition is None:
            return not self.failed
        terms = [term.strip() for term in condition.split("&&")]
        # Without one of the status functions a step runs only while nothing failed.
        if "always()" not in terms and self.failed:
            return False
        for term in terms:
            if term == "always()":
                continue
            left, operator, right = re.fullmatch(r"(.+?)\s*(==|!=)\s*(.+)", term).groups()
            if (self.value(left) == self.value(right)) != (operator == "=="):
                return False
        return True

    def is_installed(self, temp):
        """True when an earlier run has installed the version that is wanted, which costs seconds."""
        return self.inputs["version"] == self.action["inputs"]["version"]["default"] and Path(temp, "ecslint").exists()

    def play(self, folder, temp):
        output = temp / "output"
        for step in self.action["runs"]["steps"]:
            if not self.holds(step.get("if")):
                continue
            if "pip install" in step.get("run", "") and self.is_installed(temp):
                continue
            if "uses" in step:
                self.used.append({key: self.text(value) for key, value in step["with"].items()})
                continue
            assert "${{" not in step["run"], "a value in the text of a script could be a command"
            assert step["shell"] == "bash"
            output.write_text("")
            summary = temp / "summary"
            summary.write_text("")
            environment = {
                "PATH": os.environ["PATH"],
                "HOME": str(temp),
                "RUNNER_TEMP": str(temp),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
                "GITHUB_ACTIONS": "true",
                "CI": "true",
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.wheels),
                **self.environment,
                **{name: self.text(value) for name, value in step.get("env", {}).items()},
            }
            # The flags with which GitHub starts `shell: bash`.
            command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
            ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
            self.log += ended.stdout + ended.stderr
            self.summary += summary.read_text()
            lines = [line.partition("=") for line in output.read_text().splitlines()]
            self.outputs.setdefault(step.get("id", ""), {}).update({name: value for name, _, value in lines})
            self.code = ended.returncode
            self.failed = self.failed or ended.returncode != 0
        return self


def main():
    action = yaml.safe_load(Path(sys.argv[1]).read_text())
    wheels = Path(sys.argv[2]).resolve()
    passed = failed = 0

    def case(name, test):
        nonlocal passed, failed
        try:
            test()
        except Exception as error:  # noqa: BLE001: whatever it is, the case has failed
            failed += 1
            print(f"FAIL  {name}: {error!r}")
        else:
            passed += 1
            print(f"ok    {name}")

    def play(files, environment=None, prepare=None, **inputs):
        inputs = {name.replace("_", "-"): value for name, value in inputs.items()}
        with tempfile.TemporaryDirectory() as base:
            folder = Path(base, "work space")
            folder.mkdir()
            for name, text in files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            if prepare:
                prepare(folder)
            run = Run(action, wheels, inputs, environment).play(folder, temp)
            sarif = run.outputs.get("check", {}).get("sarif-file")
            run.sarif = json.loads(Path(sarif).read_text()) if sarif else None
            run.files = sorted(path.name for path in folder.iterdir())
            return run

    def ends(run, code):
        assert run.code == code and run.failed == (code != 0), (run.code, run.log)
        assert run.outputs["check"]["exit-code"] == str(code), run.outputs

    def findings():
        run = play({"a.yaml": PUBLIC})
        ends(run, 1)
        assert len(run.used) == 1 and run.used[0]["sarif_file"].endswith("ecslint.sarif"), run.used
        assert any(r["ruleId"] == "task-public-ip" for r in run.sarif["runs"][0]["results"])
        assert "task-public-ip" in run.summary, run.summary
        assert "error[task-public-ip]" in run.log and "::error" not in run.log
        assert run.files == ["a.yaml"], "nothing is left in the workspace"

    def clean():
        run = play({"a.yaml": GOOD})
        ends(run, 0)
        assert len(run.used) == 1, "an upload without results closes the alerts"

    def broken():
        run = play({"a.yaml": "Resources:\n  A:\n    Type: [\n"})
        ends(run, 3)
        assert len(run.used) == 1

    def usage():
        run = play({"a.yaml": GOOD}, fail_on="sometimes")
        ends(run, 2)
        assert not run.used and run.sarif is None

    def choices():
        run = play({"a.yaml": PUBLIC}, fail_on="never", annotations="true", sarif="false", summary="false")
        ends(run, 0)
        assert not run.used and run.sarif is None and run.summary == ""
        assert "::error file=a.yaml" in run.log, run.log

    def several():
        files = {"a b.yaml": PUBLIC, "c.yaml": PUBLIC, "d.yaml": PUBLIC}
        run = play(files, paths="a b.yaml\n\n  c.yaml  \r\n", args="--select\ntask-public-ip\n")
        ends(run, 1)
        uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run.sarif["runs"][0]["results"]]
        assert uris == ["a%20b.yaml", "c.yaml"], uris

    def parameters():
        template = "Parameters: {Ip: {Type: String}}\n" + PUBLIC.replace("ENABLED", "!Ref Ip")
        run = play({"a.yaml": template, "p/prod.json": '{"Ip": "DISABLED"}'}, params="a.yaml=p/prod.json", args="--select=task-public-ip")
        ends(run, 0)
        run = play({"a.yaml": template, "p/dev.json": '{"Ip": "ENABLED"}'}, params="p/dev.json", args="--select=task-public-ip")
        ends(run, 1)

    def injection():
        for name in ["paths", "args", "version", "params", "fail_on", "profile", "config", "diff_base"]:
            for text in ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "x\n$(touch pwned)"]:
                run = play({"a.yaml": GOOD}, changed_only="true", **{name: text})
                assert "pwned" not in run.files, (name, text)

    def version():
        run = play({"a.yaml": GOOD}, version="0.1.0 --index-url https://example.org")
        assert run.failed and "::error title=ecslint::" in run.log, run.log

    def changed():
        def prepare(folder):
            git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
            for arguments in [["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"], ["checkout", "-qb", "topic"]]:
                subprocess.run([*git, *arguments], cwd=folder, check=True)
            Path(folder, "b.yaml").write_text(PUBLIC)
            for arguments in [["add", "."], ["commit", "-qm", "two"], ["update-ref", "refs/remotes/origin/main", "main"]]:
                subprocess.run([*git, *arguments], cwd=folder, check=True)

        for inputs, environment in [({"diff_base": "main"}, None), ({}, {"GITHUB_BASE_REF": "main"})]:
            run = play({"a.yaml": PUBLIC}, environment, prepare, changed_only="true", args="--select\ntask-public-ip", **inputs)
            ends(run, 1)
            uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run.sarif["runs"][0]["results"]]
            assert uris == ["b.yaml"], uris

    def configuration():
        files = {"a.yaml": PUBLIC, "ci/ecslint.yaml": "version: 1\nfail-on: never\n"}
        ends(play(files, config="ci/ecslint.yaml"), 0)

    scratch = tempfile.TemporaryDirectory()
    temp = Path(scratch.name)
    case("findings fail the job after the upload, and are in its summary", findings)
    case("a clean run uploads an empty list and passes", clean)
    case("an unreadable template fails with 3", broken)
    case("a mistake in the inputs fails with 2", usage)
    case("inputs switch upload, summary and annotations", choices)
    case("paths and arguments stand a line each", several)
    case("parameter files are passed on", parameters)
    case("no input is a command", injection)
    case("a version is a version", version)
    case("only what a pull request touches is reported", changed)
    case("a configuration can be named", configuration)
    scratch.cleanup()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
