"use strict";
// One role a function, with the actions and resources that it uses and no others.

const arnOf = (id) => ({ "Fn::GetAtt": [id, "Arn"] });
const allow = (actions, resources) => ({ Effect: "Allow", Action: actions, Resource: resources });

const NETWORK_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

function role(name, settings, statements) {
  const logs = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/baton-${settings.stage}-${name}:*`;
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: `baton-${settings.stage}-${name}`,
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      Policies: [
        {
          PolicyName: "own-work",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              allow(["logs:CreateLogStream", "logs:PutLogEvents"], { "Fn::Sub": logs }),
              // X-Ray knows no resources to restrict these to
              allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
              ...statements,
            ],
          },
        },
      ],
    },
  };
}

/** What it takes to reach the warehouse: its secret, and a network interface in its network. */
function warehouseAccess({ databaseSecretArn, vpcSubnetIds }) {
  return [
    ...(databaseSecretArn ? [allow(["secretsmanager:GetSecretValue"], databaseSecretArn)] : []),
    // Lambda makes the interfaces in the role's name, and AWS lets these actions be restricted to no resource
    ...(vpcSubnetIds ? [allow(NETWORK_ACTIONS, "*")] : []),
  ];
}

function layerRole(layer, settings) {
  const queue = arnOf(`${layer.id}Queue`);
  const objects = (prefix) => ({ "Fn::Sub": `\${Bucket.Arn}/${prefix}*` });
  return role(layer.name, settings, [
    allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"], queue),
    allow(["sqs:SendMessage"], arnOf(`${layer.id}Dlq`)),
    allow(["events:PutEvents"], arnOf("Bus")),
    ...warehouseAccess(settings),
    // only the first layer reads the source's dumps
    ...(layer.listensTo
      ? []
      : [
          allow(["s3:ListBucket"], arnOf("Bucket")),
          // a copy takes an object's tags along
          allow(["s3:GetObject", "s3:GetObjectTagging"], [objects("dumps/"), objects("dumps-manifest/")]),
          allow(["s3:PutObject", "s3:PutObjectTagging"], [objects("processed/"), objects("quarantine/")]),
        ]),
  ]);
}

/** The roles of all functions, by resource id. */
module.exports = (layers, settings) => ({
  ...Object.fromEntries(layers.map((layer) => [`${layer.id}Role`, layerRole(layer, settings)])),
  SweepRole: role("sweep", settings, [allow(["events:PutEvents"], arnOf("Bus")), ...warehouseAccess(settings)]),
  ReplayRole: role("replay", settings, [
    allow(
      ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
      layers.map(({ id }) => arnOf(`${id}Dlq`)),
    ),
    allow(
      ["sqs:SendMessage"],
      layers.map(({ id }) => arnOf(`${id}Queue`)),
    ),
  ]),
  ScheduleRole: {
    Type: "AWS::IAM::Role",
    Properties: {
      RoleName: `baton-${settings.stage}-schedule`,
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "scheduler.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
      Policies: [
        {
          PolicyName: "own-work",
          PolicyDocument: {
            Version: "2012-10-17",
            Statement: [allow(["events:PutEvents"], arnOf("Bus")), allow(["sqs:SendMessage"], arnOf("RuleDlq"))],
          },
        },
      ],
    },
  },
});
