import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  type Subscription,
} from "@aws-sdk/client-sns";
import { ok, warning, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { ofType, type DeployedStack } from "./read-stack.ts";

/**
 * Checks that every receiver of alerts has confirmed its subscription: SNS sends nothing to a receiver that has not.
 *
 * @see SNS API Reference, "ListSubscriptionsByTopic": the ARN of an unconfirmed subscription is `PendingConfirmation`
 */
export async function checkSubscriptions({ sns }: Pick<DoctorPorts, "sns">, stack: DeployedStack): Promise<Check> {
  const TopicArn = ofType(stack, "AWS::SNS::Topic").find(({ id }) => id === "AlertsTopic")?.physicalId;
  const people: Subscription[] = [];
  for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn })) {
    people.push(...Subscriptions.filter(({ Protocol }) => Protocol !== "sqs"));
  }
  const pending = await Promise.all(people.map((subscription) => isPending(sns, subscription)));
  const names = people.filter((_, index) => pending[index]).map(({ Endpoint = "" }) => Endpoint);
  if (names.length === 0) return ok("alert subscriptions", `${people.length} receivers of alerts, all confirmed`);
  return warning(
    "alert subscriptions",
    `not confirmed, so SNS sends no alerts to: ${names.join(", ")}`,
    `Open the link in the mail "AWS Notification - Subscription Confirmation". It expires after 2 days; to send it again: aws sns subscribe --topic-arn ${TopicArn ?? ""} --protocol email --notification-endpoint ${names[0] ?? ""}`,
  );
}

async function isPending(sns: DoctorPorts["sns"], { SubscriptionArn = "" }: Subscription): Promise<boolean> {
  if (!SubscriptionArn.startsWith("arn:")) return true;
  const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  return Attributes?.["PendingConfirmation"] === "true";
}
