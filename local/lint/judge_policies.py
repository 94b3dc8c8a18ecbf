"""Checks CloudFormation templates with checkov, and the IAM policies in them with parliament.

usage: judge_policies.py TEMPLATE...        .json of `serverless package`, .yml of deploy/

Each finding is repaired, or is in ACCEPTED with the reason. A reason without a finding is an error, too.
"""

import json
import re
import subprocess
import sys
import warnings
from fnmatch import fnmatch
from pathlib import Path

import yaml

warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
from parliament import analyze_policy_string  # noqa: E402

NO_RESOURCE = "AWS cannot limit these actions to a resource, or the resource does not exist before the call"
OTHER_RESOURCES = "a wildcard also matches an action on other resources, which the statement does not allow"
BUCKET_POLICY = "who deploys decides who may read the bucket, as the template and docs/deploy.md say"
BY_PARAMETER = "keys of AWS are the default; with the parameter kmsKeyArn everything uses a customer-managed key"
#: Findings that are accepted: pattern of `check resource`, reason.
ACCEPTED = {
    "CKV_AWS_18 *": "the account decides on logs of bucket access (CloudTrail data events); a bucket of logs needs one, too",
    "CKV_AWS_23 network.yml *FunctionsSecurityGroup: *": "every rule has a description; checkov does not look into Fn::If",
    "CKV_AWS_27 *": BY_PARAMETER,
    "CKV_AWS_111 *": NO_RESOURCE + ": network interfaces of functions in a VPC",
    "CKV_AWS_115 *": "event source mappings limit the calls to 2; a reservation takes from the account's quota, which is 10 in new accounts",
    "CKV_AWS_116 *": "queues have a DLQ, and Lambda does not retry scheduled calls",
    "CKV_AWS_117 *": "notify and refresh use no resource of the VPC (docs/decisions/deployment/043)",
    "CKV_AWS_119 *": BY_PARAMETER,
    "CKV_AWS_158 *": BY_PARAMETER,
    "CKV_AWS_173 *": "environment variables contain no secrets (test/e2e/secrets.test.ts)",
    "MISMATCHED_TYPE_BUT_USABLE *Role.Deployer *given Arn*": "AWS's own examples compare iam:PermissionsBoundary with StringEquals",
    'RESOURCE_MISMATCH *Boundary *"sqs:ListQueues"*': OTHER_RESOURCES,
    'RESOURCE_MISMATCH *Deployer *"cloudformation:DescribeStackSet"*': OTHER_RESOURCES,
    'RESOURCE_MISMATCH *Deployer *"lambda:UpdateFunctionCodeSigningConfig"*': OTHER_RESOURCES,
    'RESOURCE_MISMATCH *Deployer *"s3:GetStorageLensConfiguration"*': OTHER_RESOURCES,
    "RESOURCE_POLICY_PRIVILEGE_ESCALATION *Role.Deployer *": BUCKET_POLICY,
    'RESOURCE_STAR *"ec2:CreateNetworkInterface"*': NO_RESOURCE,
    'RESOURCE_STAR *Role.Deployer *"lambda:GetEventSourceMapping"*': NO_RESOURCE,
    'RESOURCE_STAR *Role.Deployer *"lambda:UpdateEventSourceMapping"*': "a condition limits them to the functions of the environment",
}


class Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation: `!Ref X` is `{"Ref": "X"}`."""


def short_form(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".") if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", short_form)

#: What `Ref` and `Fn::GetAtt` of a resource look like after the deployment.
ARNS = {
    "AWS::DynamoDB::Table": "dynamodb:ap-northeast-1:123456789012:table/x",
    "AWS::Events::EventBus": "events:ap-northeast-1:123456789012:event-bus/x",
    "AWS::IAM::ManagedPolicy": "iam::123456789012:policy/x",
    "AWS::KMS::Key": "kms:ap-northeast-1:123456789012:key/0123abcd-0123-4567-89ab-0123456789ab",
    "AWS::S3::Bucket": "s3:::x",
    "AWS::SNS::Topic": "sns:ap-northeast-1:123456789012:x",
    "AWS::SQS::Queue": "sqs:ap-northeast-1:123456789012:x",
}
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "ap-northeast-1", "AWS::AccountId": "123456789012"}


def deployed(value, template):
    """The value without intrinsic functions."""
    if isinstance(value, list):
        return [deployed(item, template) for item in value if item != {"Ref": "AWS::NoValue"}]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, inner), = value.items()
        if name in ("Ref", "Fn::GetAtt"):
            return named(inner if isinstance(inner, str) else inner[0], template)
        if name == "Fn::Sub":
            return re.sub(r"\$\{([\w:]+)(?:\.\w+)?\}", lambda match: named(match[1], template), inner)
        if name == "Fn::If":
            return deployed(inner[1], template)
    return {key: deployed(item, template) for key, item in value.items()}


def named(name, template):
    if name in PSEUDO:
        return PSEUDO[name]
    kind = template["Resources"].get(name, {}).get("Type")
    if kind is not None:
        return f"arn:aws:{ARNS[kind]}"
    default = template.get("Parameters", {})[name].get("Default", "")
    return str(default) or f"arn:aws:{ARNS['AWS::KMS::Key']}"


def identity_policies(template):
    """Policies of roles, with the name of their resource."""
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield f"{resource['Type']}.{name}", properties["PolicyDocument"]
        for policy in properties.get("Policies", []):
            yield f"{resource['Type']}.{name}", policy["PolicyDocument"]


def parliament_findings(templates):
    count = 0
    for template in templates:
        for name, document in identity_policies(template):
            count += 1
            for finding in analyze_policy_string(json.dumps(deployed(document, template))).findings:
                yield f"{finding.issue} {name} {json.dumps(finding.detail)}"
    if count == 0:
        yield "NO_POLICIES: nothing was checked"


def checkov_findings(files):
    checkov = Path(sys.executable).parent / "checkov"
    command = [sys.executable, str(checkov), "--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "-o", "json"]
    done = subprocess.run([*command, *(word for file in files for word in ("-f", file))], capture_output=True, text=True)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"checkov failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        yield f"NOT_PARSED {report['summary']}"
    for failed in report["results"]["failed_checks"]:
        yield f"{failed['check_id']} {Path(failed['file_path']).name} {failed['resource']}: {failed['check_name']}"


def main(files):
    templates = [yaml.load(Path(file).read_text(), Loader) for file in files]
    findings = sorted({*parliament_findings(templates), *checkov_findings(files)})
    open_ones = [finding for finding in findings if not any(fnmatch(finding, pattern) for pattern in ACCEPTED)]
    stale = [pattern for pattern in ACCEPTED if not any(fnmatch(finding, pattern) for finding in findings)]
    for finding in open_ones:
        print(finding)
    for pattern in stale:
        print(f"accepted, but not found: {pattern}")
    if open_ones or stale:
        print(f"next: repair it, or add it with the reason to {Path(__file__).name}")
    return 1 if open_ones or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
