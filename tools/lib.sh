# What the test scripts of this folder share: `. tools/lib.sh` at the root of the repository.
# shellcheck shell=bash

passed=0
failed=0

# A folder for everything a script makes, gone at its end.
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# check NAME COMMAND...: one test; its output is shown only when it fails.
check() {
  local name="$1"
  shift
  if "$@" > "$work/output" 2>&1; then
    passed=$((passed + 1))
    echo "ok    $name"
  else
    failed=$((failed + 1))
    echo "FAIL  $name"
    sed 's/^/      /' "$work/output"
  fi
}

# Ends the script the way its tests ended.
finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# python_with PACKAGE...: sets `bin` to the programs of a new Python environment that has them; fails without Python or network.
python_with() {
  command -v python3 > /dev/null || return 1
  python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$@" || return 1
  # shellcheck disable=SC2034 # for the script that reads this file
  bin="$work/venv/bin"
}
