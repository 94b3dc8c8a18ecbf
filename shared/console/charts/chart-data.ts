/** What the page's script draws; everything else of the page is HTML already. Times are milliseconds since 1970, UTC. */
export interface ChartData {
  timeline: {
    layers: string[];
    /** Attempts; the label says how one ended, and which one it was where there are several. */
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
  /** When the page is out of date; null where nothing is due. */
  validUntil: number | null;
}

/** A run as a chart's axis names it. */
export interface ChartRun {
  id: string;
  /** Month and day of the business date, with the repeat where there is one. */
  label: string;
  state: string;
}
