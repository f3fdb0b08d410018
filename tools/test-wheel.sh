#!/usr/bin/env bash
# The ways to install ecslint: a wheel, a source distribution, `pip install .`, `cargo install`, and the package for crates.io.
# They are built without optimisation, from what `cargo build` has left in target/: how they are built is not what is tested.
set -euo pipefail
exec < /dev/null
cd "$(dirname "$0")/.."
. tools/lib.sh

if ! python_with 'maturin>=1.9,<2'; then
  echo "skipped: no Python here, or maturin cannot be installed from PyPI"
  exit 0
fi
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
version="$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)"
template="$PWD/fixtures/article/template.yaml"
expect_code() { local expected="$1" code=0; shift; "$@" || code=$?; [ "$code" -eq "$expected" ]; }

# installed PREFIX: what is installed there says its version and finds what is wrong with a template.
installed() {
  [ "$("$1/bin/ecslint" --version)" = "ecslint $version" ] && expect_code 1 "$1/bin/ecslint" check "$template"
}

# fresh NAME PIP_ARGUMENT...: a new environment with what pip is told to install in it.
fresh() {
  local name="$1"
  shift
  python3 -m venv "$work/$name" && "$work/$name/bin/pip" install --quiet --disable-pip-version-check "$@" && installed "$work/$name"
}

wheel_metadata() {
  local text
  text="$(unzip -p "$work"/wheels/*.whl '*/METADATA')"
  for line in "Name: ecslint" "Version: $version" "License-Expression: MIT OR Apache-2.0" "License-File: LICENSE-MIT" \
    "License-File: LICENSE-APACHE" "Requires-Python: >=3.8" "Description-Content-Type: text/markdown" "# ecslint"; do
    grep -qF -- "$line" <<< "$text" || { echo "missing: $line"; return 1; }
  done
}

check "a wheel is built" "$bin/maturin" build --profile dev --locked --out "$work/wheels"
check "the wheel installs without a compiler" fresh from-wheel --no-index "$work"/wheels/*.whl
check "the wheel says what it is" wheel_metadata

# As pre-commit does it with a checkout.
export MATURIN_PEP517_ARGS="--profile dev"
check "pip installs a checkout" fresh from-checkout "$PWD"
check "a source distribution is built" "$bin/maturin" sdist --out "$work/sdist"
check "pip installs the source distribution" fresh from-sdist "$work"/sdist/*.tar.gz

check "cargo installs a checkout" cargo install --quiet --path . --locked --profile dev --root "$work/cargo" --no-track
check "what cargo installed runs" installed "$work/cargo"

# Everything that the build reads is in the package, or the package would not build; and nothing else is.
check "the package for crates.io builds" cargo package --quiet --locked --allow-dirty
is_small() {
  local bytes
  bytes="$(wc -c < "$CARGO_TARGET_DIR/package/ecslint-$version.crate")"
  echo "$bytes bytes; crates.io takes 10 MiB"
  [ "$bytes" -lt 4000000 ]
}
check "the package is small" is_small
is_tidy() { ! cargo package --list --locked --allow-dirty | grep -vE '^(build|src|schemas|rules|data|fixtures|integrations)/|^(Cargo\.(toml|toml\.orig|lock)|\.cargo_vcs_info\.json|build\.rs|README\.md|CHANGELOG\.md|LICENSE-(MIT|APACHE))$'; }
check "the package holds what it should" is_tidy

finish
