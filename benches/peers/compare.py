#!/usr/bin/env python3
"""Times ecslint beside cfn-lint, checkov and cfn-guard on the same folders, and prints a Markdown table.

    cargo build --release --bin ecslint --example deployment && benches/peers/compare.py [FOLDER...]

The peers are installed in target/peers: cfn-lint and checkov from PyPI, cfn-guard from crates.io; a peer that cannot be
installed is left out and said to be. They look for other things than ecslint and not for as many, so that the table says how
long somebody waits for each and not which is the better program. Every peer gets all templates of a folder in one run,
with its own defaults; cfn-guard, which has no rules of its own, those in `ecs.guard`. The best of three runs counts.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMES = 3
# A run that takes longer is given up, and said to be.
LIMIT_SECONDS = 900
# The exit codes with which a peer says that it has checked everything, whatever it found.
CHECKED = {"cfn-lint": range(16), "checkov": (0, 1), "cfn-guard": (0, 19)}


def installed(place, what, commands, program):
    """The program, installed if it is not there yet; None when it cannot be."""
    if not program.exists():
        print(f"installing {what} ...", file=sys.stderr)
        for command in commands:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                last = "\n".join(done.stdout.splitlines()[-5:])
                print(f"{what} cannot be installed: {' '.join(map(str, command))}\n{last}", file=sys.stderr)
                return None
    return program


def from_pypi(place, package):
    venv = place / package
    commands = [
        [sys.executable, "-m", "venv", venv],
        [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", package],
    ]
    return installed(place, package, commands, venv / "bin" / package)


def from_crates(place, package):
    root = place / package
    command = ["nice", "-n", "10", "cargo", "install", package, "--locked", "--root", root]
    return installed(place, package, [command], root / "bin" / package)


def version(program):
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return (shown.stdout or shown.stderr).strip().splitlines()[-1].split()[-1]


def seconds(command, cwd, checked=(0, 1)):
    """The best wall time of a command, or in words why there is none."""
    best = None
    for _ in range(TIMES):
        start = time.perf_counter()
        try:
            done = subprocess.run(
                [str(word) for word in command],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=LIMIT_SECONDS,
                env=dict(os.environ, LOG_LEVEL="ERROR"),
            )
        except subprocess.TimeoutExpired:
            return f"over {LIMIT_SECONDS} s"
        took = time.perf_counter() - start
        if done.returncode < 0 or b"Traceback" in done.stderr or b"panicked" in done.stderr:
            return "crashed"
        if done.returncode not in checked:
            return "gives up"
        best = took if best is None else min(best, took)
        # The best of three is for runs that noise could hide.
        if took > 20:
            break
    return best


def shown(measured, own):
    if measured is None:
        return "not installed"
    if isinstance(measured, str):
        return measured
    return f"{measured:,.2f} s ({measured / own:,.0f} ×)"


def templates(ecslint, folder):
    listed = [ecslint, "check", ".", "--list-files", "--context", "none"]
    done = subprocess.run(listed, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout.splitlines()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    release = ROOT / "target/release"
    arguments.add_argument("--ecslint", type=Path, default=release / "ecslint")
    arguments.add_argument("--deployment", type=Path, default=release / "examples/deployment")
    arguments.add_argument("--place", type=Path, default=ROOT / "target/peers", help="where the peers are installed")
    arguments.add_argument("--templates", type=int, default=100, help="templates of the generated set")
    arguments.add_argument("folders", nargs="*", type=Path, help="folders of templates beside those of the repository")
    arguments = arguments.parse_args()
    ecslint, place = arguments.ecslint.resolve(), arguments.place.resolve()
    place.mkdir(parents=True, exist_ok=True)
    peers = {package: from_pypi(place, package) for package in ("cfn-lint", "checkov")}
    peers["cfn-guard"] = from_crates(place, "cfn-guard")
    rules = Path(__file__).resolve().parent / "ecs.guard"

    def commands(files):
        return {
            "cfn-lint": ["-t", *files],
            "checkov": ["--framework", "cloudformation", "--quiet", "--compact", "-d", "."],
            "cfn-guard": ["validate", "--rules", rules, *(word for file in files for word in ("--data", file))],
        }

    with tempfile.TemporaryDirectory() as scratch:
        generated = Path(scratch) / "generated"
        subprocess.run([arguments.deployment.resolve(), "set", generated, str(arguments.templates)], check=True)
        folders = [("fixtures/article", ROOT / "fixtures/article"), ("fixtures/platform", ROOT / "fixtures/platform")]
        folders.append((f"a generated set of {arguments.templates}", generated))
        folders += [(folder.name, folder.resolve()) for folder in arguments.folders]
        names = [f"{name} {version(program)}" if program else name for name, program in peers.items()]
        print(f"| folder | templates | ecslint {version(ecslint)} | {' | '.join(names)} |")
        print("|---|---:|---:|---:|---:|---:|")
        for name, folder in folders:
            files = templates(ecslint, folder)
            own = seconds([ecslint, "check", ".", "--exit-zero"], folder)
            cells = []
            for peer, program in peers.items():
                measured = program and seconds([program, *commands(files)[peer]], folder, CHECKED[peer])
                cells.append(shown(measured, own))
            print(f"| {name} | {len(files)} | {own * 1000:,.1f} ms | {' | '.join(cells)} |", flush=True)
    processors = len(os.sched_getaffinity(0))
    print(f"\n{processors} processors, Python {sys.version.split()[0]}. In brackets: how many times as long as ecslint.")


if __name__ == "__main__":
    main()
