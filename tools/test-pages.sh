#!/usr/bin/env bash
# Opens the pages and pictures that ecslint writes in a real browser: the report driven by mouse and keyboard, its accessibility
# judged by axe-core, the geometry of pictures measured. Usage: tools/test-pages.sh [path/to/ecslint]
#
# Needs Debian's chromium and two packages of npm, and installs what is missing: chromium by apt-get, the packages into a folder
# of their own that goes away at the end. Pictures of the pages stay in target/pages.
set -euo pipefail
cd "$(dirname "$0")/.."

binary="${1:-target/release/ecslint}"
if [ ! -x "$binary" ]; then
  echo "no program at $binary: run cargo build --release, or give its path" >&2
  exit 1
fi
for tool in node npm; do
  if ! command -v "$tool" > /dev/null; then
    echo "$tool is missing: install Node.js from https://nodejs.org" >&2
    exit 1
  fi
done
if ! command -v chromium > /dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium fonts-dejavu-core fonts-noto-cjk > /dev/null
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm install --silent --no-audit --no-fund playwright-core@1 axe-core@4 > /dev/null)
mkdir -p target/pages
cp tools/pages/*.mjs "$work/"
node "$work/main.mjs" "$(realpath "$binary")" "$PWD" "$PWD/target/pages"
