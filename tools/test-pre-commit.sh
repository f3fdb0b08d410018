#!/usr/bin/env bash
# The hooks of this repository with the real pre-commit, in scratch repositories: a bad commit is refused, a mended one passes,
# one without templates passes, and a change is judged in the deployment around it. Installs pre-commit from PyPI into a folder
# of its own. Takes the binary to test as argument.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
binary="$(realpath "${1:-$root/target/release/ecslint}")"

skip() { echo "pre-commit: skipped: $*"; exit 0; }
fail() { echo "pre-commit: $*" >&2; sed 's/^/  | /' "$work/out" >&2; exit 1; }

[ -x "$binary" ] || { echo "pre-commit: no binary at $binary: cargo build --release" >&2; exit 1; }
command -v git > /dev/null || skip "git is missing"
command -v python3 > /dev/null || skip "python3 is missing"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export HOME="$work/home" PRE_COMMIT_HOME="$work/cache" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$work/gitconfig"
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE ECSLINT_FORMAT ECSLINT_CONFIG
mkdir -p "$HOME" "$work/bin"
printf '[user]\n\tname = t\n\temail = t@example.com\n[init]\n\tdefaultBranch = main\n' > "$GIT_CONFIG_GLOBAL"
ln -s "$binary" "$work/bin/ecslint"
python3 -m venv "$work/venv" > "$work/out" 2>&1 || skip "python3 cannot make a virtual environment"
"$work/venv/bin/pip" install --quiet pre-commit > "$work/out" 2>&1 || skip "pre-commit cannot be installed"
export PATH="$work/bin:$work/venv/bin:$PATH"

# The hooks, in a repository of their own as users name it.
hooks="$work/hooks"
mkdir "$hooks"
cp "$root/.pre-commit-hooks.yaml" "$hooks/"
git -C "$hooks" init --quiet
git -C "$hooks" add --all
git -C "$hooks" commit --quiet --message hooks

# A deployment: the parent says whether the tasks of its service get public addresses.
project="$work/project"
mkdir -p "$project/nested" "$project/chart"
cd "$project"
git init --quiet
cat > .pre-commit-config.yaml << CONFIG
repos:
  - repo: $hooks
    rev: $(git -C "$hooks" rev-parse HEAD)
    hooks:
      - id: ecslint-system
        args: [--select, task-public-ip, --color, never, --ascii]
CONFIG
parent() {
  cat << TEMPLATE
Resources:
  Api:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: nested/service.yaml
      Parameters: {Public: $1}
TEMPLATE
}
parent DISABLED > root.yaml
cat > nested/service.yaml << 'TEMPLATE'
Parameters:
  Public: {Type: String}
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      NetworkConfiguration:
        AwsvpcConfiguration: {AssignPublicIp: !Ref Public, Subnets: [subnet-0a], SecurityGroups: [sg-0a]}
TEMPLATE
printf 'kind: Deployment\nname: {{ .Values.name }}\n' > chart/deployment.yaml
pre-commit install > "$work/out" 2>&1 || fail "it cannot be installed"

passes() {
  git add --all
  git commit --message "$1" > "$work/out" 2>&1 || fail "$1: refused"
}
refused() {
  git add --all
  if git commit --message "$1" > "$work/out" 2>&1; then fail "$1: not refused"; fi
  grep -q "$2" "$work/out" || fail "$1: the message does not say \`$2\`"
}

passes "a good deployment, and a file that is no template"
parent ENABLED > root.yaml
refused "the parent makes the addresses public" 'nested/service.yaml'
grep -q 'error\[task-public-ip\]' "$work/out" || fail "the finding has no name"
cp "$work/out" "$work/refused"
parent DISABLED > root.yaml
echo '# a comment' >> nested/service.yaml
passes "the child alone is judged with the parent's arguments"
parent ENABLED > root.yaml
git add --all
git commit --quiet --no-verify --message "past the hook"
echo '# another' >> nested/service.yaml
refused "the child of a bad parent" 'nested/service.yaml'
parent DISABLED > root.yaml
passes "mended"
echo notes > README.md
passes "no template"
grep -q 'Skipped' "$work/out" || fail "a commit without templates ran the hook"
printf 'Resources:\n  Service:\n    Type: [\n' > broken.yaml
refused "a template that cannot be read" 'broken.yaml:3'
rm broken.yaml
git rm --quiet nested/service.yaml
printf 'Resources:\n  Topic: {Type: AWS::SNS::Topic}\n' > root.yaml
passes "a deleted template is not passed"

start="$(date +%s%N)"
ecslint check --force-exclude root.yaml > /dev/null
end="$(date +%s%N)"
start_all="$end"
pre-commit run --all-files > "$work/out" 2>&1 || fail "a run over all files"
end_all="$(date +%s%N)"
echo "what a refused commit shows:"
sed 's/^/  | /' "$work/refused"
echo "pre-commit: all as expected; the hook itself takes $(((end - start) / 1000000)) ms, pre-commit around it $(((end_all - start_all) / 1000000)) ms"
