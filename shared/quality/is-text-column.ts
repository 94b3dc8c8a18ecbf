import type { DescribedColumn } from "./describe-tables.ts";

/**
 * True for columns whose blank texts count as blank. Longer texts are excluded: they are in separate pages, which are
 * too expensive to read for this.
 */
export function isTextColumn({ data_type: type }: Pick<DescribedColumn, "data_type">): boolean {
  return ["char", "varchar", "tinytext", "text"].includes(type);
}
