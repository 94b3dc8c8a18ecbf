/** Prefix of the stored events (shared/aws/published-events.ts). Only roles of functions that publish may write there. */
export const EVENTS_PREFIX = "state/events/";
