#!/usr/bin/env bash
# Gives the pictures of `ecslint graph` to the real parsers: every example in every view to Mermaid and to Graphviz, and names
# that try to break out. Installs Graphviz (apt) and the npm package `mermaid` (in a temporary folder) where they are missing.
#
#   tools/test-diagrams.sh [path of the binary]
set -euo pipefail
cd "$(dirname "$0")/.."
ecslint="$(realpath "${1:-target/debug/ecslint}")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

command -v dot > /dev/null || { apt-get update -q && apt-get install -y -q graphviz; } > "$work/apt.log" 2>&1 \
  || { cat "$work/apt.log"; exit 1; }
cp tools/parse-mermaid.mjs "$work/"
(cd "$work" && npm init -y && npm install --no-audit --no-fund mermaid@11 jsdom@26) > "$work/npm.log" 2>&1 \
  || { cat "$work/npm.log"; exit 1; }

# Names that mean something to one of the languages.
mkdir "$work/hostile"
cat > "$work/hostile/template.yaml" << 'TEMPLATE'
Parameters:
  Hostile: {Type: String, Default: "a"}
Conditions:
  Odd: !Equals [!Ref Hostile, "\"]; end %%{init: {}}%% <b> `x` #quot; 한글 \u202e \n 1. - * _ \\"]
Resources:
  end: {Type: AWS::ECS::Cluster}
  subgraph: {Type: AWS::SQS::Queue, Condition: Odd}
  graph: {Type: AWS::SNS::Topic}
  Service:
    Type: AWS::ECS::Service
    Condition: Odd
    Properties:
      Cluster: "\"]:::x; click n1 callback %% `**b**` <script>alert(1)</script>"
      TaskDefinition: !Ref Task
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: ["a|b", "c]d", "{e}", "style n1 fill:red", "한글 서브넷"]}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - {Name: "a\"] --> b\\", Image: "x/y:{{z}}", Environment: [{Name: "end\n", Value: !Ref subgraph}]}
TEMPLATE

examples=("$work/hostile" fixtures/article fixtures/platform fixtures/deployments/*)
corpus=../shared/corpus/open
if [ -d "$corpus" ]; then
  for name in 1Strategy+fargate-cloudformation-example aws-samples+ecs-refarch-cloudformation \
    bpauwels+ocr-sqs-s3-ecs-cloudformation chtzuehlke+SpringBootFargateCloudFormationSample \
    nathanpeck+aws-cloudformation-fargate nathanpeck+socket.io-chat-fargate; do
    if [ -d "$corpus/$name" ]; then examples+=("$corpus/$name"); fi
  done
else
  echo "no $corpus here: its repositories are skipped"
fi

passed=0
failed=0
count() { if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; fi; }

number=0
for example in "${examples[@]}"; do
  for view in architecture network iam stacks deps; do
    number=$((number + 1))
    file="$work/$number"
    # Exit 3 is a file of the example that is broken on purpose; the others are drawn.
    for format in mermaid dot; do
      code=0
      "$ecslint" graph -qq --findings --view "$view" -f "$format" -o "$file.$format" "$example" 2> "$file.err" || code=$?
      if [ "$code" -ne 0 ] && [ "$code" -ne 3 ]; then count 1 "$example $view $format: exit $code"; fi
    done
    echo "$example $view" > "$file.name"
    if dot -Tsvg "$file.dot" > "$file.svg" 2> "$file.err" && ! grep -qi "syntax error\|not well-formed" "$file.err"; then
      count 0 ""
    else
      count 1 "$example $view dot: $(head -3 "$file.err")"
    fi
  done
done

(cd "$work" && node parse-mermaid.mjs "$work"/*.mermaid) > "$work/mermaid.log" 2>&1 || true
parsed=$(grep -c '^ok ' "$work/mermaid.log" || true)
passed=$((passed + parsed))
while IFS= read -r line; do
  read -r _ file _ <<< "$line"
  count 1 "$(cat "${file%.mermaid}.name") mermaid: $line"
done < <(grep '^FAILED ' "$work/mermaid.log" || true)
if [ "$((parsed + failed))" -lt "$number" ]; then
  count 1 "the Mermaid parser stopped: $(tail -3 "$work/mermaid.log")"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
