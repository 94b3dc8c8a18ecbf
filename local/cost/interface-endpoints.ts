import { parse } from "yaml";
import { z } from "zod";

const templateSchema = z.object({
  Parameters: z.record(z.string(), z.looseObject({ Default: z.unknown().optional() })),
  // short forms such as !Equals are parsed as their arguments
  Conditions: z.record(z.string(), z.array(z.unknown())),
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Condition: z.string().optional(),
      Properties: z.looseObject({ VpcEndpointType: z.string().optional() }),
    }),
  ),
});

/** Number of interface endpoints that deploy/network.yml creates by default. A gateway endpoint costs nothing. */
export function interfaceEndpoints(networkTemplate: string): number {
  const { Parameters, Conditions, Resources } = templateSchema.parse(parse(networkTemplate, { logLevel: "silent" }));
  return Object.values(Resources).filter(({ Type, Condition = "", Properties }) => {
    const [parameter] = Conditions[Condition] ?? [];
    const isCreated = Parameters[String(parameter)]?.Default === "create";
    return Type === "AWS::EC2::VPCEndpoint" && Properties.VpcEndpointType === "Interface" && isCreated;
  }).length;
}
