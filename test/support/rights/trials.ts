import type { LayerRow } from "../../../local/layer-table.ts";
import type { Grant } from "./grant.ts";
import { firstLayerWorks, layerWorks } from "./layer-works.ts";
import {
  consoleWorks,
  docsWorks,
  migrateWorks,
  notifyWorks,
  pulseWorks,
  refreshWorks,
  reviewWorks,
  sweepWorks,
} from "./listener-works.ts";
import { ledgerWork, replayWork } from "./replay-works.ts";
import type { Work } from "./work.ts";

/** What a function does with some of the rights of its role. */
interface Trial {
  role: string;
  works: readonly Work[];
  /** The rights that these works need; absent: all of the role's rights. */
  concerns?: (grant: Grant) => boolean;
}

/** Trials that run one after the other. */
export type Lane = readonly Trial[];

/**
 * The trials of all functions, in groups: the lanes of a group run in parallel, the groups one after the other. Functions
 * that share the outbox are in one lane, because each publishes the events that another has left in it.
 */
export function trialGroups(layers: readonly LayerRow[], replayRights: readonly Grant[]): Lane[][] {
  const ofLayers = layers.map(({ name, listensTo }) => ({
    role: name,
    works: [...layerWorks(name, listensTo), ...(listensTo === undefined ? firstLayerWorks(name) : [])],
  }));
  return [
    [
      [...ofLayers, { role: "sweep", works: sweepWorks }],
      // both write the page of the documentation
      [
        { role: "docs", works: docsWorks },
        { role: "console", works: consoleWorks },
      ],
      [
        { role: "pulse", works: pulseWorks },
        { role: "notify", works: notifyWorks },
        { role: "refresh", works: refreshWorks },
        { role: "review", works: reviewWorks },
        { role: "migrate", works: migrateWorks },
      ],
    ],
    replayLanes(replayRights),
    [[{ role: "replay", works: [ledgerWork], concerns: (grant) => !isOfQueue(grant) }]],
  ];
}

/** Replay handles each function's queues separately and in the same way. */
function replayLanes(rights: readonly Grant[]): Lane[] {
  const queues = new Set(rights.flatMap(({ resource }) => deadLetterQueueOf(resource) ?? []));
  return [...queues].map((queue): Lane => {
    const name = queue.replace(/^baton-local-[0-9a-f]+-/, "");
    const ends = [`:${queue}`, `:${queue}-dlq`];
    const concerns = ({ resource }: Grant): boolean => ends.some((end) => resource.endsWith(end));
    return [{ role: "replay", works: [replayWork(name)], concerns }];
  });
}

function isOfQueue({ resource }: Grant): boolean {
  return resource.includes(":sqs:");
}

/** Name of the queue that this DLQ belongs to. */
function deadLetterQueueOf(resource: string): string | undefined {
  return /:([^:]+)-dlq$/.exec(resource)?.[1];
}
