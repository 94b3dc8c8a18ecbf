import type { MetricScope } from "../shared/observability/metric-catalogue.ts";
import { assertNever } from "../shared/errors/assert-never.ts";
import type { Watched } from "./layers.ts";

/** The layers, queues or functions of a scope: the values of the dimension `layer` of its metrics. */
export function subjectsOf(scope: MetricScope, { layers, queues, functions }: Watched): readonly string[] {
  const namesOf = (chosen: Watched["layers"]): string[] => chosen.map(({ name }) => name);
  switch (scope) {
    case "every layer":
      return namesOf(layers);
    case "first layer":
      return namesOf(layers.filter(({ listensTo }) => listensTo === undefined));
    case "last layer":
      return namesOf(layers.filter(({ isLast }) => isLast));
    case "every dead-letter queue":
      return queues;
    case "every function":
      return functions;
    case "pulse":
    case "sweep":
      return [scope];
    default:
      return assertNever(scope);
  }
}
