import type { DescribedColumn } from "./describe-tables.ts";

/** True for columns whose blank texts count as blank. Longer texts stand in pages of their own, not worth reading for this. */
export function isTextColumn({ data_type: type }: Pick<DescribedColumn, "data_type">): boolean {
  return ["char", "varchar", "tinytext", "text"].includes(type);
}
