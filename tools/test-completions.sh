#!/usr/bin/env bash
# The completion scripts in the shells that read them, and the manual pages in two formatters.
set -euo pipefail
exec < /dev/null
cd "$(dirname "$0")/.."
. tools/lib.sh

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build --quiet --locked
ecslint="$CARGO_TARGET_DIR/debug/ecslint"

# have PROGRAM [PACKAGE]: whether a program is here, once Debian's package of it was asked for where that is possible.
have() {
  command -v "$1" > /dev/null && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
    apt-get install --yes --quiet "${2:-$1}" > /dev/null 2>&1 \
      || { apt-get update --quiet > /dev/null 2>&1 && apt-get install --yes --quiet "${2:-$1}" > /dev/null 2>&1; } || true
  fi
  command -v "$1" > /dev/null && return 0
  echo "skipped: $1 is not here and cannot be installed"
  return 1
}

for shell in bash zsh fish powershell elvish nushell; do
  "$ecslint" completions "$shell" > "$work/ecslint.$shell"
done

in_bash() {
  # shellcheck disable=SC2016 # for the other shell
  bash --norc --noprofile -c 'set -eu
    . "$1"
    complete -p ecslint
    COMP_WORDS=(ecslint check --profile "") COMP_CWORD=3
    _ecslint ecslint "" --profile
    [ "${COMPREPLY[*]}" = "recommended strict all" ]' bash "$work/ecslint.bash"
}
check "bash completes a value" in_bash

if have zsh; then
  in_zsh() {
    mkdir -p "$work/zsh"
    cp "$work/ecslint.zsh" "$work/zsh/_ecslint"
    # shellcheck disable=SC2016
    zsh -f -c 'set -e; fpath=($1 $fpath); autoload -Uz compinit; compinit -D -u; [ "$_comps[ecslint]" = _ecslint ]; autoload +X _ecslint' zsh "$work/zsh"
  }
  check "zsh loads the function" in_zsh
fi
if have fish; then
  # shellcheck disable=SC2016
  in_fish() { [ "$(fish --no-config -c 'source $argv[1]; complete -C "ecslint check --fail-on-u"' "$work/ecslint.fish" | cut -f1)" = --fail-on-undetermined ]; }
  check "fish completes a flag" in_fish
fi
if command -v npm > /dev/null && (cd "$work" && npm install --silent --no-audit --no-fund nushell > /dev/null 2>&1); then
  in_nushell() {
    cp "$work/ecslint.nushell" "$work/ecslint.nu"
    (cd "$work" && node_modules/.bin/nu -n -c 'use ecslint.nu *; help ecslint check' | grep -q fail-on)
  }
  check "nushell reads the module" in_nushell
else
  echo "skipped: nushell cannot be installed from npm"
fi

"$ecslint" man --dir "$work/man"
if have man man-db; then
  in_man() {
    local page
    for page in "$work"/man/*.1; do
      LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 > /dev/null | grep . && return 1
    done
    LC_ALL=C.UTF-8 man -l "$work/man/ecslint-check.1" | grep -q -- --fail-on
  }
  check "man shows every page without a warning" in_man
fi
if have mandoc; then
  # A page bears no date, which mandoc remarks, and it is made of paragraphs that mandoc would write otherwise.
  in_mandoc() { ! mandoc -Tlint -W error "$work"/man/*.1 | grep .; }
  check "mandoc finds no error" in_mandoc
fi

finish
