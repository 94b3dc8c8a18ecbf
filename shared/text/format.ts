/** Formats a duration: `1.2 s`, `3 min 20 s`, `2 h 5 min`; empty for null. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return "";
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Formats a count: `1,234,567`; empty for null. */
export function formatCount(count: number | null): string {
  return count === null ? "" : count.toLocaleString("en");
}

/** Formats a count with its noun: `1 row`, `1,234 rows`. */
export function formatMany(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(Math.round(count))} ${Math.round(count) === 1 ? one : many}`;
}

/** Formats a size in decimal units, like the source's documents: `945.1 MB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ""}`;
}

/** Formats an age in hours: `1.5 h`, `291 days`. */
export function formatHours(hours: number): string {
  return hours < 48 ? `${hours.toFixed(1)} h` : `${formatCount(Math.round(hours / 24))} days`;
}
