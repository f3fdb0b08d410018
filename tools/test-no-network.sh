#!/usr/bin/env bash
# Shows that ecslint opens no socket: runs it under strace, which it installs itself where it can.
#
# usage: test-no-network.sh [BINARY]
set -euo pipefail
cd "$(dirname "$0")/.."
binary="${1:-target/release/ecslint}"

if ! command -v strace > /dev/null; then
  { apt-get update -qq && apt-get install -qq -y strace; } > /dev/null 2>&1 || true
fi
if ! command -v strace > /dev/null; then
  echo "skipped: strace is missing and cannot be installed"
  exit 0
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
if ! strace -f -e trace=network -o "$work/probe" true 2> /dev/null; then
  echo "skipped: strace may not follow processes here"
  exit 0
fi

# Every system call that has to do with the network; the exit lines of strace begin with +++.
calls() { grep -v -e '+++' -e '---' "$1" || true; }

runs=0
watch() {
  local code=0
  strace -f -e trace=network -o "$work/trace" "$binary" "$@" > "$work/out" 2> "$work/err" < /dev/null || code=$?
  if [ "$code" -gt 1 ]; then
    echo "ecslint $*: exit $code" >&2
    cat "$work/err" >&2
    exit 1
  fi
  if [ -n "$(calls "$work/trace")" ]; then
    echo "ecslint $*: opens a socket" >&2
    calls "$work/trace" >&2
    exit 1
  fi
  runs=$((runs + 1))
}

for format in full json sarif markdown; do
  watch check fixtures/article fixtures/deployments --profile all --show-undetermined --format "$format"
done
watch explain task-public-ip
watch rules
watch resolve fixtures/article/template.yaml
watch --version
echo "no socket in $runs runs"
