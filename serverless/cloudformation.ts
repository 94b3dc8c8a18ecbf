/** A resource of a CloudFormation template. */
export type Resource = {
  Type: string;
  DependsOn?: string[];
  Properties: Record<string, unknown>;
};
/** Resources by logical ID. */
export type Resources = Record<string, Resource>;

/** A part of a resource that another file defines (serverless/resources/*.yml); osls merges both. */
export type ResourceParts = Record<string, Partial<Resource> & Record<string, unknown>>;

/** A reference to another resource, or a text that CloudFormation fills in. */
export type Reference = { Ref: string } | { "Fn::GetAtt": [id: string, attribute: string] } | { "Fn::Sub": string };

/** A statement of an IAM policy. */
export interface Statement {
  Sid?: string;
  Effect: "Allow" | "Deny";
  Principal?: unknown;
  Action: string | readonly string[];
  Resource: unknown;
  Condition?: unknown;
}

/** Reference to a resource's ARN. */
export function arnOf(id: string): Reference {
  return { "Fn::GetAtt": [id, "Arn"] };
}

/** An IAM statement that allows these actions on these resources. */
export function allow(actions: readonly string[], resources: unknown): Statement {
  return { Effect: "Allow", Action: actions, Resource: resources };
}

/** An IAM policy document. */
export function policy(statements: readonly Statement[]) {
  return { Version: "2012-10-17", Statement: statements };
}

/** Logical ID for the resources of a layer or function: `dbt-layer` becomes `DbtLayer`. */
export function pascal(name: string): string {
  return name.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
}
