import { z } from "zod";

/** One action on one resource that a policy allows. */
export interface Grant {
  /** Name of the function that has the role. */
  role: string;
  action: string;
  resource: string;
}

const listSchema = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === "string" ? [value] : value));

/** Strict: a statement in a form that the test does not parse must fail. */
const documentSchema = z.strictObject({
  Version: z.literal("2012-10-17"),
  Statement: z.array(z.strictObject({ Effect: z.literal("Allow"), Action: listSchema, Resource: listSchema })),
});

/** Splits a role's policy into single rights, without duplicates. */
export function grantsOf(role: string, policy: string): Grant[] {
  const { Statement } = documentSchema.parse(JSON.parse(policy));
  const grants = Statement.flatMap(({ Action, Resource }) =>
    Action.flatMap((action) => Resource.map((resource) => ({ role, action, resource }))),
  );
  return [...new Map(grants.map((grant) => [textOf(grant), grant])).values()];
}

/** The policy that allows these rights. */
export function policyOf(grants: readonly Grant[]): string {
  const byAction = Map.groupBy(grants, ({ action }) => action);
  const Statement = [...byAction].map(([Action, allowed]) => ({
    ...{ Effect: "Allow", Action },
    Resource: allowed.map(({ resource }) => resource),
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/** A right as text: `staging may s3:PutObject on arn:aws:s3:::baton/processed/*`. */
export function textOf({ role, action, resource }: Grant): string {
  return `${role} may ${action} on ${resource}`;
}
