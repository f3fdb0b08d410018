#!/usr/bin/env python3
"""Measures a release build of ecslint against its targets, in one run on this machine, and prints ratios.

    cargo build --release --bin ecslint --example deployment && benches/ratios.py

Targets are ratios, so that they mean the same on every machine: what is measured is compared with the bare parse of the same
files by the same parser, with a program that only prints its version, with a smaller set, with one core. The sets are
generated (`benches/deployment`); `--corpus FOLDER` adds templates of the field. Of every command the best run counts, because
what others do on the machine only ever adds. On one core processor time is compared, which they disturb least; with two, and
where somebody waits for a start, the time on the clock.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Templates of the curve.
CURVE = [10, 100, 1_000, 3_000, 10_000]
# The set that one core and two are compared on: long enough that starting threads does not count.
LARGE = 1_000


class Run:
    """One run of a command: wall and processor seconds, peak memory in bytes, output."""

    def __init__(self, command, cwd, threads, text):
        environment = dict(os.environ, RAYON_NUM_THREADS=str(threads))
        start = time.perf_counter()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as given:
            given.write(text.encode())
            given.seek(0)
            child = subprocess.Popen(command, cwd=cwd, env=environment, stdin=given, stdout=out)
            _, status, usage = os.wait4(child.pid, 0)
            self.wall = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                sys.exit(f"{command}: exit {child.returncode}")
            out.seek(0)
            self.output = out.read().decode()
        self.processor = usage.ru_utime + usage.ru_stime
        # Kibibytes; never below what this script had when it started the command.
        self.memory = usage.ru_maxrss << 10


def best(command, cwd=ROOT, threads=1, text="", times=5):
    runs = [Run([str(word) for word in command], cwd, threads, text) for _ in range(times)]
    run = min(runs, key=lambda run: run.wall)
    run.processor = min(run.processor for run in runs)
    return run


def milliseconds(seconds):
    return f"{seconds * 1000:,.1f} ms"


def mebibytes(count):
    return f"{count / 2**20:,.1f} MiB"


class Table:
    def __init__(self):
        self.failed = 0
        print("| what | measured | compared with | ratio | target |")
        print("|---|---:|---:|---:|---:|")

    def row(self, what, measured, against, ratio, target, is_met):
        self.failed += not is_met
        mark = "" if is_met else " (missed)"
        print(f"| {what} | {measured} | {against} | {ratio:.2f} | {target}{mark} |", flush=True)


def size(folder, templates):
    return sum((folder / name).stat().st_size for name in templates)


def parsed(tools, table, name, folder):
    """The whole check of a folder against the bare parse of the templates that it reads."""
    ecslint, deployment = tools
    listed = best([ecslint, "check", ".", "--list-files", "--context", "none"], folder, times=1)
    templates = listed.output.splitlines()
    check = [ecslint, "check", ".", "--exit-zero", "--context", "none"]
    for threads in (1, 2):
        whole = best(check, folder, threads)
        bare = best([deployment, "events"], folder, threads, listed.output)
        cores, of = ("one core", "processor") if threads == 1 else ("two cores", "wall")
        whole, bare = getattr(whole, of), getattr(bare, of)
        what = f"check of {name}, {cores}: {len(templates)} templates, {mebibytes(size(folder, templates))}; bare parse"
        ratio = whole / bare
        table.row(what, milliseconds(whole), milliseconds(bare), ratio, "≤ 2", ratio <= 2)


def started(tools, table):
    """One template against the least that a program does."""
    ecslint, deployment = tools
    check = [ecslint, "check", "fixtures/article/template.yaml", "--exit-zero", "--context", "none"]
    one = best(check, threads=2, times=40)
    for name, command in (("ecslint --version", [ecslint, "--version"]), ("a program that only does that", [deployment, "version"])):
        least = best(command, threads=2, times=40)
        ratio = one.wall / least.wall
        table.row(f"one template; {name}", milliseconds(one.wall), milliseconds(least.wall), ratio, "≤ 3", ratio <= 3)


def curve(tools, scratch, counts):
    """The time and memory of sets of growing size."""
    ecslint, deployment = tools
    points = []
    for count in counts:
        folder = scratch / f"set-{count}"
        best([deployment, "set", folder, count], times=1)
        check = [ecslint, "check", ".", "--exit-zero", "--context", "none"]
        one, two = (best(check, folder, threads, times=3 if count > LARGE else 5) for threads in (1, 2))
        written = sum(file.stat().st_size for file in folder.rglob("*.yaml"))
        points.append((count, written, one, two))
    return points


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    release = ROOT / "target/release"
    arguments.add_argument("--ecslint", type=Path, default=release / "ecslint")
    arguments.add_argument("--deployment", type=Path, default=release / "examples/deployment")
    arguments.add_argument("--corpus", type=Path, help="a folder of templates to check beside the generated ones")
    arguments.add_argument("--most", type=int, default=CURVE[-1], help="templates of the largest set")
    arguments = arguments.parse_args()
    tools = (arguments.ecslint.resolve(), arguments.deployment.resolve())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        counts = [count for count in CURVE if count <= max(arguments.most, LARGE)]
        points = curve(tools, scratch, counts)
        table = Table()
        parsed(tools, table, "a generated set", scratch / f"set-{LARGE}")
        big = scratch / "big"
        big.mkdir()
        best([tools[1], "template", big / "template.yaml", 1_000_000], times=1)
        parsed(tools, table, "one template of 1 MB", big)
        if arguments.corpus:
            parsed(tools, table, arguments.corpus.name, arguments.corpus.resolve())
        started(tools, table)

        by_count = {count: (written, one, two) for count, written, one, two in points}
        last = counts[-1]
        for what, of, unit in (("time", "processor", milliseconds), ("peak memory", "memory", mebibytes)):
            few, many = (getattr(by_count[count][1], of) for count in (LARGE, last))
            ratio = many / few / (last / LARGE)
            what = f"{what} for {last:,} templates, one core; {last // LARGE} times that for {LARGE:,}"
            table.row(what, unit(many), unit(few * last / LARGE), ratio, "≤ 1.2", ratio <= 1.2)
        _, one, two = by_count[LARGE]
        ratio = one.wall / two.wall
        table.row(f"{LARGE:,} templates on one core; two", milliseconds(one.wall), milliseconds(two.wall), ratio, "≥ 1.7", ratio >= 1.7)
        written, one, two = by_count[last]
        constant = by_count[counts[0]][1].memory
        for name, run in (("one core", one), ("two cores", two)):
            ratio = (run.memory - constant) / written
            what = f"peak memory for {last:,} templates, {name}, less that for {counts[0]}; bytes of the templates"
            table.row(what, mebibytes(run.memory - constant), mebibytes(written), ratio, "≤ 10", ratio <= 10)

        print("\n| templates | size | one core | a template | peak memory | two cores | peak memory |")
        print("|---:|---:|---:|---:|---:|---:|---:|")
        for count, written, one, two in points:
            each = milliseconds(one.processor / count)
            print(
                f"| {count:,} | {mebibytes(written)} | {milliseconds(one.processor)} | {each} | {mebibytes(one.memory)} "
                f"| {milliseconds(two.wall)} | {mebibytes(two.memory)} |"
            )
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()
