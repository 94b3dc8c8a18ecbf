import { metricsNamedIn } from "../../../local/metrics/metrics-named-in.ts";
import { dashboard } from "../../../serverless/dashboard.ts";
import { alarms } from "../../../serverless/alarms.ts";
import type { Resources } from "../../../serverless/cloudformation.ts";
import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import { parseSource } from "../../../shared/config/source.ts";
import { metricCatalogue, METRIC_NAMESPACE } from "../../../shared/observability/metric-catalogue.ts";
import { compareMetrics } from "../../support/template-metrics.ts";

const layers = parseLayerTable([{ name: "staging" }, { name: "silver" }, { name: "gold" }]);
const names = layers.map(({ name }) => name);
const watched = {
  layers,
  queues: [...names, "notify", "refresh", "console", "docs", "review", "rule"],
  functions: [...names, "notify", "refresh", "console", "docs", "review", "pulse", "sweep", "replay"],
};

const settings = {
  ...{ stage: "prod", isLocal: true, consoleUrl: "", runDeadline: "08:00" },
  source: parseSource({ dumpName: "shop" }),
};

/** The log line with which a function emits a metric. */
function emf(name: string, dimensions: Readonly<Record<string, string>>): string {
  const metric = {
    Namespace: METRIC_NAMESPACE,
    Dimensions: [Object.keys(dimensions)],
    Metrics: [{ Name: name, Unit: "Count" }],
  };
  return JSON.stringify({ _aws: { Timestamp: 1, CloudWatchMetrics: [metric] }, ...dimensions, [name]: 1 });
}

/** The test of the deployed stack compares template and logs with this function: it finds every difference. */
describe("the comparison of named and emitted metrics", () => {
  let template: string;
  let lines: string[];

  beforeAll(() => {
    template = JSON.stringify({ Resources: { ...alarms(watched, settings), ...dashboard(watched, settings) } });
    lines = [...metricsNamedIn(template)].map((metric) => {
      const [, name = "", dimensions = "[]"] = /^(\w+) (.*)$/.exec(metric) ?? [];
      return emf(name, Object.fromEntries(JSON.parse(dimensions) as [string, string][]));
    });
  });

  const dlqDepth = 'DlqDepth [["layer","silver"],["stage","prod"]]';

  it("finds nothing when both agree, and covers every metric of the catalogue", () => {
    expect(compareMetrics(template, lines)).toEqual({ notEmitted: [], notNamed: [] });
    for (const name of Object.keys(metricCatalogue)) expect(template).toContain(`"${name}`);
    expect(lines.length).toBeGreaterThan(60);
  });

  it("finds no alarm on a metric that its subject does not have", () => {
    const metricsOf = (Resources: Resources): Set<string> => metricsNamedIn(JSON.stringify({ Resources }));
    const graphed = metricsOf(dashboard(watched, settings));

    expect([...metricsOf(alarms(watched, settings))].filter((metric) => !graphed.has(metric))).toEqual([]);
  });

  it("finds a metric with another name in alarms and graphs", () => {
    const { notEmitted, notNamed } = compareMetrics(template.replaceAll("DlqDepth", "DlqDepths"), lines);

    expect(notEmitted).toContain(dlqDepth.replace("DlqDepth", "DlqDepths"));
    expect(notNamed).toContain(dlqDepth);
  });

  it("finds a metric that no function emits any more", () => {
    const without = lines.filter((line) => !(line.includes('"DlqDepth"') && line.includes('"silver"')));

    expect(compareMetrics(template, without)).toEqual({ notEmitted: [dlqDepth], notNamed: [] });
  });

  it("finds a metric that nothing uses", () => {
    const more = emf("QueueAge", { stage: "prod", layer: "silver" });

    expect(compareMetrics(template, [...lines, more])).toEqual({
      notEmitted: [],
      notNamed: ['QueueAge [["layer","silver"],["stage","prod"]]'],
    });
  });

  it("finds an extra dimension, a missing one and a different value", () => {
    const others = lines.filter((line) => !(line.includes('"DlqDepth"') && line.includes('"silver"')));
    const changed = [
      { stage: "prod", layer: "silver", service: "baton" },
      { layer: "silver" },
      { stage: "prod", layer: "Silver" },
    ];

    for (const dimensions of changed) {
      const { notEmitted, notNamed } = compareMetrics(template, [...others, emf("DlqDepth", dimensions)]);
      expect(notEmitted).toEqual([dlqDepth]);
      expect(notNamed).toHaveLength(1);
    }
  });

  it("refuses a graph of an unknown namespace", () => {
    expect(() => compareMetrics(template.replace('"Namespace":"Baton"', '"Namespace":"Batons"'), lines)).toThrow(
      "Batons",
    );
  });
});

describe("the dashboard", () => {
  it("has unique titles that describe the graph, with the unit if the metric has none", () => {
    const { Dashboard } = dashboard(watched, settings);
    const body = (Dashboard?.Properties["DashboardBody"] as Record<string, string>)["Fn::Sub"] ?? ""; // CloudFormation's structure
    const { widgets } = JSON.parse(body) as { widgets: { properties: { title?: string; metrics?: unknown[][] } }[] };
    const graphs = widgets.flatMap(({ properties: { title, metrics } }) =>
      title === undefined ? [] : [{ title, metrics }],
    );
    const titles = graphs.map(({ title }) => title);

    expect(new Set(titles).size).toBe(titles.length);
    for (const { title, metrics = [] } of graphs) {
      expect(title).toMatch(/^[A-Za-z][ -~]{7,110}$/);
      for (const [, name] of metrics) {
        const unit = metricCatalogue[name as keyof typeof metricCatalogue]?.unit;
        if (unit === "None") expect(title).toMatch(/hours|minutes|age/i);
        if (unit === "Percent") expect(title).toMatch(/%|how much/);
      }
    }
  });
});

describe("the alarm of old data", () => {
  it.each([
    ["from the dump, 90 minutes before the default schedule, to the default deadline", {}, "08:00", 10],
    ["to the deadline of the environment", {}, "09:30", 16],
    ["to the deadline of the source in an environment without its own", { deadline: "08:30" }, "", 12],
    ["over midnight", { schedule: "23:00", deadline: "02:00" }, "02:00", 18],
    ["for a day at most", { schedule: "08:00", deadline: "07:00" }, "07:00", 96],
  ])("waits %s", (_, times, runDeadline, periods) => {
    const source = parseSource({ dumpName: "shop", ...times });

    const { GoldStaleAlarm } = alarms(watched, { ...settings, source, runDeadline });

    expect(GoldStaleAlarm?.Properties).toMatchObject({ Period: 900, EvaluationPeriods: periods });
  });

  it("is named in the graph with the deadline", () => {
    expect(JSON.stringify(dashboard(watched, { ...settings, runDeadline: "21:15" }))).toContain("24 h, from 21:15");
  });
});
