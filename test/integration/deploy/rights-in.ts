import { z } from "zod";

/** A right in a template, before CloudFormation resolves its names. */
export interface TemplateRight {
  /** Resource id of the role. */
  role: string;
  action: string;
  /** `*`, a text, or an intrinsic function as JSON. */
  resource: string;
}

const templateSchema = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
});
const policiesSchema = z.object({
  Policies: z.array(
    z.object({
      PolicyDocument: z.object({
        Statement: z.array(z.object({ Action: z.array(z.string()), Resource: z.unknown() })),
      }),
    }),
  ),
});

/** Every action on every resource that the roles of a template allow. */
export function rightsIn(template: string): TemplateRight[] {
  const { Resources } = templateSchema.parse(JSON.parse(template));
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === "AWS::IAM::Role")
    .flatMap(([role, { Properties }]) =>
      policiesSchema
        .parse(Properties)
        .Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .flatMap(({ Action, Resource }) =>
          Action.flatMap((action) =>
            [Resource].flat().map((resource) => ({
              ...{ role, action },
              resource: typeof resource === "string" ? resource : JSON.stringify(resource),
            })),
          ),
        ),
    );
}
