import { z } from "zod";
import { businessDateSchema } from "../../events/ids.ts";

const compactDay = z
  .string()
  .regex(/^\d{8}$/, "expected YYYYMMDD")
  .transform((text) => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`)
  .pipe(businessDateSchema);

const newestChanges = z.record(z.string(), z.iso.datetime({ offset: true }).nullable()).catch({});

/** The manifest that the source's dump script writes for each dump. Unknown fields are ignored. */
export const manifestSchema = z.object({
  generated_at: z.iso.datetime({ offset: true }),
  dump_date: compactDay,
  dump_key: z.string().min(1),
  dump_sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 hex digits"),
  dump_size_bytes: z.int().nonnegative(),
  source_host: z.string().min(1),
  source_database: z.string().min(1),
  valid_for_etl: z.boolean().optional(),
  source_valid: z.boolean().optional(),
  reason: z.string().optional(),
  max_updated_at_by_table: newestChanges.optional(),
  /** The same under its old name. */
  source_table_max_updated_at: newestChanges.optional(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The newest change of each table in the source; empty where the manifest has none. */
export function newestChangesOf(manifest: Manifest | undefined): Map<string, Date> {
  const changes = manifest?.max_updated_at_by_table ?? manifest?.source_table_max_updated_at ?? {};
  return new Map(
    Object.entries(changes).flatMap(([table, at]) => (at === null ? [] : [[table, new Date(at)] as const])),
  );
}
