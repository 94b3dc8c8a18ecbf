"""Compares what CloudFormation's resource handlers need with what the deployer of deploy/deployer.yml may do.

usage: deployer_permissions.py TEMPLATE.json DEPLOYER.yml

cfn-lint's package contains AWS's resource schemas, whose `handlers` list the actions of each handler. Each action must be
allowed, or be in UNUSED with the reason why the stack does not need it. Prints what differs and ends with 1.
"""

import fnmatch
import json
import sys
from pathlib import Path

import cfnlint
import yaml

PROPERTY = "for a property that the template does not set"
ADMINISTRATOR = "deletes data: `deploy/remove` and the first deployment are an administrator's (docs/deploy.md)"
#: Actions that handlers name and the stack does not need: pattern of `type action`, reason.
UNUSED = {
    "AWS::CloudWatch::Dashboard cloudwatch:DeleteDashboards": ADMINISTRATOR,
    "AWS::DynamoDB::Table dynamodb:DeleteTable": ADMINISTRATOR,
    "AWS::DynamoDB::Table dynamodb:*Replica": PROPERTY + " (replicas of global tables)",
    "AWS::DynamoDB::Table dynamodb:*Item": PROPERTY + " (replicas and imports)",
    "AWS::DynamoDB::Table dynamodb:Query": PROPERTY + " (replicas)",
    "AWS::DynamoDB::Table dynamodb:Scan": PROPERTY + " (replicas)",
    "AWS::DynamoDB::Table dynamodb:*Import*": PROPERTY + " (ImportSourceSpecification)",
    "AWS::DynamoDB::Table dynamodb:*ResourcePolicy": PROPERTY + " (ResourcePolicy)",
    "AWS::DynamoDB::Table dynamodb:*KinesisStreamingDestination": PROPERTY + " (KinesisStreamSpecification)",
    "AWS::DynamoDB::Table dynamodb:UpdateContributorInsights": PROPERTY + " (ContributorInsightsSpecification)",
    "AWS::DynamoDB::Table dynamodb:UpdateTimeToLive": PROPERTY + " (TimeToLiveSpecification)",
    "AWS::DynamoDB::Table iam:CreateServiceLinkedRole": PROPERTY + " (replicas)",
    "AWS::DynamoDB::Table kinesis:*": PROPERTY + " (KinesisStreamSpecification)",
    "AWS::DynamoDB::Table kms:ListAliases": "the key is named by its ARN",
    "AWS::DynamoDB::Table logs:*": PROPERTY + " (ImportSourceSpecification)",
    "AWS::DynamoDB::Table s3:*": PROPERTY + " (ImportSourceSpecification)",
    "AWS::Events::Archive events:DeleteArchive": ADMINISTRATOR,
    "AWS::Events::EventBus events:DeleteEventBus": ADMINISTRATOR,
    "AWS::IAM::Role iam:*tachRolePolicy": PROPERTY + " (ManagedPolicyArns)",
    "AWS::IAM::Role iam:DeleteRolePermissionsBoundary": "would free a role of the boundary",
    "AWS::IAM::Role iam:UpdateRoleDescription": PROPERTY + " (Description)",
    "AWS::Lambda::Function elasticfilesystem:*": PROPERTY + " (FileSystemConfigs)",
    "AWS::Lambda::Function s3files:*": PROPERTY + " (FileSystemConfigs)",
    "AWS::Lambda::Function lambda:AssociateRuntimeAlias": PROPERTY + " (runtime aliases)",
    "AWS::Lambda::Function lambda:*CodeSigningConfig": PROPERTY + " (CodeSigningConfigArn)",
    "AWS::Lambda::Function lambda:*FunctionConcurrency": PROPERTY + " (ReservedConcurrentExecutions)",
    "AWS::Lambda::Function lambda:*LayerVersion*": PROPERTY + " (Layers)",
    "AWS::Lambda::Function lambda:PassCapacityProvider": PROPERTY + " (CapacityProviderConfig)",
    "AWS::Lambda::Function lambda:PublishVersion": PROPERTY + " (PublishToLatestPublished)",
    "AWS::Lambda::Function lambda:PutFunctionRecursionConfig": PROPERTY + " (RecursiveLoop)",
    "AWS::Lambda::Function lambda:PutFunctionScalingConfig": PROPERTY + " (FunctionScalingConfig)",
    "AWS::Lambda::Function lambda:PutRuntimeManagementConfig": PROPERTY + " (RuntimeManagementConfig)",
    "AWS::Lambda::Function s3:GetObjectVersion": PROPERTY + " (Code.S3ObjectVersion)",
    "AWS::Logs::LogGroup firehose:*": PROPERTY + " (deliveries)",
    "AWS::Logs::LogGroup logs:CreateLogDelivery": PROPERTY + " (deliveries)",
    "AWS::Logs::LogGroup logs:*DataProtectionPolicy": PROPERTY + " (DataProtectionPolicy)",
    "AWS::Logs::LogGroup logs:*IndexPolic*": PROPERTY + " (FieldIndexPolicies)",
    "AWS::Logs::LogGroup logs:*ResourcePolic*": PROPERTY + " (ResourcePolicyDocument)",
    "AWS::Logs::LogGroup logs:DeleteRetentionPolicy": "the retention is always set",
    "AWS::Logs::LogGroup logs:PutBearerTokenAuthentication": PROPERTY + " (BearerTokenAuthenticationEnabled)",
    "AWS::Logs::LogGroup logs:PutLogGroupDeletionProtection": PROPERTY + " (DeletionProtectionEnabled)",
    "AWS::Logs::LogGroup s3:*": PROPERTY + " (deliveries)",
    "AWS::S3::Bucket s3:DeleteBucket": ADMINISTRATOR,
    "AWS::S3::Bucket s3:DeleteBucket?*": PROPERTY + ", or removes one that is always set",
    "AWS::S3::Bucket s3:*Metadata*": PROPERTY + " (MetadataConfiguration)",
    "AWS::S3::Bucket s3:Put*Configuration": PROPERTY,
    "AWS::S3::Bucket s3:PutObjectAcl": PROPERTY + " (AccessControl)",
    "AWS::S3::Bucket s3tables:*": PROPERTY + " (MetadataConfiguration)",
    "AWS::SNS::Topic sns:PutDataProtectionPolicy": PROPERTY + " (DataProtectionPolicy)",
}


class Loader(yaml.SafeLoader):
    """Parses the short forms of CloudFormation functions as plain values."""


def plain(loader, _suffix, node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


Loader.add_multi_constructor("!", plain)


def allowed_actions(value):
    """The actions of all Allow statements in a value."""
    if isinstance(value, dict):
        if value.get("Effect") == "Allow":
            actions = value["Action"]
            yield from [actions] if isinstance(actions, str) else actions
        for part in value.values():
            yield from allowed_actions(part)
    elif isinstance(value, list):
        for part in value:
            yield from allowed_actions(part)


def schemas(types):
    """AWS's resource schemas of these types."""
    found = {}
    for file in sorted((Path(cfnlint.__file__).parent / "data" / "schemas").rglob("*.json")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if '"handlers"' in text and '"typeName"' in text:
            schema = json.loads(text)
            if schema.get("typeName") in types:
                found.setdefault(schema["typeName"], schema)
    return found


def main(template, deployer):
    types = {resource["Type"] for resource in json.loads(Path(template).read_text())["Resources"].values()}
    role = yaml.load(Path(deployer).read_text(), Loader=Loader)["Resources"]["Deployer"]
    allowed = [action.lower() for action in allowed_actions(role["Properties"]["Policies"])]
    used = set()
    problems = []
    known = schemas(types)
    for kind in sorted(types):
        if kind not in known:
            problems.append(f"{kind}: cfn-lint has no schema")
            continue
        needed = {}
        for handler, value in known[kind]["handlers"].items():
            for action in value.get("permissions", []) if handler != "list" else []:
                needed.setdefault(action, []).append(handler)
        for action, handlers in sorted(needed.items()):
            if any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in allowed):
                continue
            reasons = [pattern for pattern in UNUSED if fnmatch.fnmatchcase(f"{kind} {action}", pattern)]
            used.update(reasons)
            if not reasons:
                problems.append(f"{kind}: {action} ({', '.join(handlers)})")
    problems += [f"{pattern}: no handler needs this, or it is allowed: remove it from UNUSED" for pattern in UNUSED if pattern not in used]
    for problem in problems:
        print(problem)
    if problems:
        print("Allow the action in deploy/deployer.yml, or add it to UNUSED in local/lint/deployer_permissions.py with the reason.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
