#!/usr/bin/env python3
"""Counts what the results of a SARIF log carry.

usage: sarif-figures.py [--hashes MODULE --root FOLDER] SARIF

Prints the number of results, and of those with related locations, with code flows, with both fingerprints and with a
location of one line. With --hashes, MODULE is a Python file whose `hashes(text)` gives CodeQL's hash of every line, and
each `primaryLocationLineHash` is compared with that of the file below FOLDER; a file with hidden credentials differs
around them. Exit status 1 when a result lacks a fingerprint, 2 when something could not be read.
"""
import argparse
import importlib.util
import json
import os
import sys
from urllib.parse import unquote


def load_hashes(path):
    spec = importlib.util.spec_from_file_location("hashes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.hashes


def read(path):
    # As a text of Node.js: line breaks stay as they are, what is no UTF-8 is replaced.
    with open(path, encoding="utf-8", errors="replace", newline="") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--hashes")
    parser.add_argument("--root")
    parser.add_argument("sarif")
    arguments = parser.parse_args()
    try:
        with open(arguments.sarif, encoding="utf-8") as file:
            run = json.load(file)["runs"][0]
        hashes = load_hashes(arguments.hashes) if arguments.hashes else None
    except (OSError, ValueError, KeyError, IndexError) as error:
        print(f"{arguments.sarif}: {error}", file=sys.stderr)
        return 2
    results = run["results"]

    def count(predicate):
        return sum(1 for result in results if predicate(result))

    def prints(result):
        return result.get("partialFingerprints", {})

    def region(result):
        return result["locations"][0]["physicalLocation"]["region"]

    both = count(lambda r: prints(r).get("primaryLocationLineHash") and prints(r).get("ecslintFindingId/v1"))
    print(f"results: {len(results)}")
    print(f"rules that ran: {len(run['tool']['driver']['rules'])}")
    print(f"with relatedLocations: {count(lambda r: r.get('relatedLocations'))}")
    print(f"with codeFlows: {count(lambda r: r.get('codeFlows'))}")
    print(f"with both fingerprints: {both}")
    print(f"with one location on one line: {count(lambda r: len(r['locations']) == 1 and region(r)['startLine'] == region(r)['endLine'])}")
    print(f"distinct finding ids: {len({prints(r).get('ecslintFindingId/v1') for r in results})}")
    if hashes:
        known = {}
        same, differ = 0, []
        for result in results:
            place = result["locations"][0]["physicalLocation"]
            path = os.path.join(arguments.root or ".", unquote(place["artifactLocation"]["uri"]))
            if path not in known:
                known[path] = hashes(read(path))
            if known[path].get(place["region"]["startLine"]) == prints(result).get("primaryLocationLineHash"):
                same += 1
            else:
                differ.append(f"{path}:{place['region']['startLine']}")
        print(f"line hashes as CodeQL's: {same}, different: {len(differ)}")
        for place in sorted(set(differ))[:20]:
            print(f"  {place}")
    return 0 if both == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
