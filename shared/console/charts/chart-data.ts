/** The data that the page's script draws; the rest of the page is HTML. Times are milliseconds since 1970, UTC. */
export interface ChartData {
  timeline: {
    /** IANA name of the zone of the times on the axis. */
    timeZone: string;
    layers: string[];
    /** Attempts, labelled with their state and number, and the waits between them (state `waiting`). */
    bars: { layer: string; state: string; label: string; from: number; to: number }[];
  };
  durations: {
    runs: ChartRun[];
    layers: string[];
    bars: { run: string; layer: string; minutes: number }[];
    targetMinutes: number;
    alarmMinutes: number;
  };
  freshness: { runs: ChartRun[]; hours: (number | null)[]; limitHours: number };
  quality: { runs: ChartRun[]; warned: number[]; failed: number[] };
  failures: { label: string; attempts: number; gaveUp: number }[];
  /** When the page is out of date; null when no run is due. */
  validUntil: number | null;
}

/** A run as labelled on a chart's axis. */
export interface ChartRun {
  id: string;
  /** Month and day of the business date, with the number of the repetition if there is one. */
  label: string;
  state: string;
}
