import { DescribeRuleCommand, ListTargetsByRuleCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { isLocalStage } from "../../shared/config/is-local-stage.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { DoctorPorts, StackResource } from "./doctor-ports.ts";
import { ofType, type DeployedStack } from "./read-stack.ts";
import { recreate } from "./recreate.ts";

/** Checks that every rule is enabled and has a target; only the rule for manifests is disabled by default. */
export async function checkRules({ eventBridge, stage, bus }: DoctorPorts, stack: DeployedStack): Promise<Check> {
  const problems = await Promise.all(
    ofType(stack, "AWS::Events::Rule").map((rule) => problemOf(eventBridge, rule, bus)),
  );
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length === 0) return ok("rules", `${problems.length} rules, all enabled and with a target`);
  return failed("rules", found.map(({ text }) => text).join("; "), found[0]?.fix ?? recreate(stage));
}

async function problemOf(
  eventBridge: EventBridgeClient,
  { id, physicalId }: StackResource,
  bus: string,
): Promise<{ text: string; fix?: string } | undefined> {
  const name = physicalId.split(/[|/]/).at(-1) ?? physicalId;
  const rule = await findRule(eventBridge, name, bus);
  if (rule === undefined) return { text: `${name} is missing` };
  if (rule.State !== "ENABLED" && id !== "ManifestRule") {
    const on = rule.EventBusName === undefined ? "" : ` --event-bus-name ${rule.EventBusName}`;
    return { text: `${name} is ${rule.State ?? "disabled"}`, fix: `aws events enable-rule --name ${name}${on}` };
  }
  const { Targets } = await eventBridge.send(
    new ListTargetsByRuleCommand({ Rule: name, EventBusName: rule.EventBusName }),
  );
  return (Targets ?? []).length === 0 ? { text: `${name} has no target` } : undefined;
}

/** Rules for schedules and manifests are on the account's default bus, all others on the environment's bus. */
async function findRule(eventBridge: EventBridgeClient, Name: string, bus: string) {
  for (const EventBusName of [bus, undefined]) {
    try {
      return { ...(await eventBridge.send(new DescribeRuleCommand({ Name, EventBusName }))), EventBusName };
    } catch (error) {
      if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
    }
  }
  return undefined;
}

/** Checks that the schedule is enabled, which requests the day's run. */
export async function checkSchedule({ scheduler, stage }: DoctorPorts, stack: DeployedStack): Promise<Check> {
  const [schedule] = ofType(stack, "AWS::Scheduler::Schedule");
  const Name = schedule?.physicalId.split("|").at(-1) ?? `baton-${stage}-daily`;
  try {
    const found = await scheduler.send(new GetScheduleCommand({ Name }));
    const time = found.ScheduleExpression ?? "";
    if (found.State === "ENABLED") {
      return ok("schedule", `${Name} is enabled: ${time} ${found.ScheduleExpressionTimezone ?? ""}`);
    }
    // the emulator gives every schedule of a template the time zone UTC
    if (isLocalStage(stage)) return ok("schedule", `${Name} is disabled, as in every local environment: ${time}`);
    return warning(
      "schedule",
      `${Name} is disabled: no daily run is requested`,
      `deploy/deploy ${stage} --param=scheduleState=ENABLED`,
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === "ResourceNotFoundException")) throw error;
    return failed("schedule", `${Name} is missing: no daily run is requested`, recreate(stage));
  }
}
