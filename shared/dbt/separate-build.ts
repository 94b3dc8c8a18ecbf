import { createHash } from "node:crypto";
import type { Connection, Pool, RowDataPacket } from "mysql2/promise";
import { ledgerSchemaOf } from "../config/schemas-of.ts";
import type { LayerPolicy } from "../config/layer-table.ts";
import { endPredecessors } from "../ledger/claims/end-predecessors.ts";
import { readLiveSets } from "../ledger/reads/read-live-sets.ts";
import { quoteName } from "../warehouse/tables/identifier.ts";

/** A dbt build in schemas with their own prefix, which reads everything else from the live tables. */
export interface SeparateBuild {
  /** Prefix of the schemas, without the environment's: `dev_anna_`. */
  prefix: string;
  /** The run of each live schema, by the schema's name without the environment's prefix. */
  liveSets: Readonly<Record<string, { businessDate: string; runId: string }>>;
}

/** Longest owner of separate schemas: leaves room for the prefixes and the name of a layer in 64 characters. */
const MAX_OWNER = 16;
const HASH_DIGITS = 6;
/** Endings of a layer's schemas; separate schemas have none of them. */
const OF_A_LAYER = /_(?:next|backup)$/;

/**
 * Derives the owner in a schema's name from a user name: lower-case letters and digits, so that `_` ends it. A name
 * that has others or is too long gets a hash, so that two users never share schemas.
 */
export function ownerOf(user: string): string {
  const plain = user.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  if (plain === user && plain !== "" && plain.length <= MAX_OWNER) return plain;
  const hash = createHash("sha256").update(user).digest("hex").slice(0, HASH_DIGITS);
  return plain.slice(0, MAX_OWNER - HASH_DIGITS) + hash;
}

/** The run of each live schema, for a separate build. */
export async function liveSetsOf(
  pool: Pool,
  layers: readonly Pick<LayerPolicy, "name" | "alsoBuilds">[],
): Promise<SeparateBuild["liveSets"]> {
  const sets = await readLiveSets(pool);
  return Object.fromEntries(
    layers.flatMap(({ name, alsoBuilds = [] }) => {
      const live = sets.get(name);
      if (live === undefined) return [];
      const { businessDate, runId } = live;
      return [name, ...alsoBuilds].map((schema) => [schema, { businessDate, runId }]);
    }),
  );
}

/** Schemas of a kind that belong to one owner. */
export interface SeparateSchemas {
  owner: string;
  /** Name of the lock that their user holds while dbt runs. */
  lock: string;
  schemas: string[];
  /** When the newest table was created, UTC; undefined without tables. */
  builtAt: Date | undefined;
  inUse: boolean;
}

/** Name of the lock that a separate build holds. */
export function separateLockName(schemaPrefix: string, prefix: string): string {
  return `${schemaPrefix}${prefix}`;
}

interface SchemaRow extends RowDataPacket {
  name: string;
  built_at: Date | null;
}

/**
 * Lists the schemas of separate builds. A schema that belongs to another environment on the server, whose prefix begins
 * in the same way, is not among them.
 */
export async function listSeparateSchemas(
  connection: Connection,
  schemaPrefix: string,
  kind: "dev" | "review",
): Promise<SeparateSchemas[]> {
  const start = `${schemaPrefix}${kind}_`;
  const [rows] = await connection.query<SchemaRow[]>(
    `SELECT schemata.schema_name AS name, MAX(tables.create_time) AS built_at
      FROM information_schema.schemata
      LEFT JOIN information_schema.tables ON tables.table_schema = schemata.schema_name
      WHERE LEFT(schemata.schema_name, ?) = ? GROUP BY schemata.schema_name ORDER BY 1`,
    [start.length, start],
  );
  const names = new Set(rows.map(({ name }) => name));
  const owned = rows.flatMap((row) => {
    const owner = /^[a-z0-9]+(?=_)/.exec(row.name.slice(start.length))?.[0];
    const isOther = OF_A_LAYER.test(row.name) || isOfEnvironment(row.name, start, names);
    return owner === undefined || isOther ? [] : [{ ...row, owner }];
  });
  const found: SeparateSchemas[] = [];
  for (const [owner, ofOwner] of Map.groupBy(owned, (row) => row.owner)) {
    const lock = separateLockName(schemaPrefix, `${kind}_${owner}_`);
    const [[used]] = await connection.query<(RowDataPacket & { holder: number | null })[]>(
      "SELECT IS_USED_LOCK(?) AS holder",
      [lock],
    );
    const times = ofOwner.flatMap(({ built_at }) => (built_at === null ? [] : [built_at.getTime()]));
    found.push({
      ...{ owner, lock, inUse: (used?.holder ?? null) !== null },
      schemas: ofOwner.map(({ name }) => name),
      builtAt: times.length === 0 ? undefined : new Date(Math.max(...times)),
    });
  }
  return found;
}

/** Whether a schema belongs to an environment whose prefix begins with `start`: its ledger is beside it. */
function isOfEnvironment(name: string, start: string, names: ReadonlySet<string>): boolean {
  const parts = name.slice(start.length).split("_");
  return parts.some((_, index) => names.has(ledgerSchemaOf(start + [...parts.slice(0, index), ""].join("_"))));
}

/**
 * Drops the schemas of killed reviews: no session holds their lock.
 *
 * @returns their names
 */
export async function dropForgottenReviews(connection: Connection, schemaPrefix: string): Promise<string[]> {
  const found = await listSeparateSchemas(connection, schemaPrefix, "review");
  const forgotten = found.filter(({ inUse }) => !inUse);
  await dropReviews(connection, forgotten);
  return forgotten.flatMap(({ schemas }) => schemas);
}

/** The default schema of the sessions that work for a review. */
export function workSchemaOf(schemaPrefix: string, prefix: string): string {
  return `${schemaPrefix}${prefix}work`;
}

/**
 * Drops the schemas of reviews. Sessions of the same user that still work for them are ended first: a server continues the
 * statement of a killed dbt, and the schema of its table could not be dropped.
 */
export async function dropReviews(connection: Connection, reviews: readonly SeparateSchemas[]): Promise<void> {
  for (const { schemas } of reviews) {
    for (const work of schemas.filter((schema) => schema.endsWith("_work"))) await endPredecessors(connection, work);
    await dropSchemas(connection, schemas);
  }
}

/** Drops schemas of separate builds. */
export async function dropSchemas(connection: Connection, schemas: readonly string[]): Promise<void> {
  for (const schema of schemas) await connection.query(`DROP DATABASE IF EXISTS ${quoteName(schema)}`);
}
