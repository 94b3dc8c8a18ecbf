import { createHash } from "node:crypto";
import type { LoadSession } from "../loader/load/load-session.ts";
import { readSignatures, signaturesToRecord } from "../loader/load/table-signature.ts";

/** Replaces a change time that the server does not know or has lost. */
const WITHOUT_TIME = /@-$/;

/**
 * Returns hashes of the source's tables by name: equal as long as nobody changes the table. They cover the definition and
 * the time of the last change, or a checksum of the rows when the server does not know that time.
 */
export async function readSourceHashes(
  session: LoadSession,
  schema: string,
  tables: readonly { name: string; bytes: number }[],
): Promise<Map<string, string>> {
  const names = tables.map(({ name }) => name);
  let signatures = await readSignatures(session, schema, names);
  const [clock] = await session.rows<{ now: string }>("SELECT DATE_FORMAT(NOW(), '%Y-%m-%d %H:%i:%s') AS now");
  // change times are whole seconds: a later change in this second would not be visible
  if ([...signatures.values()].some((signature) => signature.endsWith(`@${clock?.now ?? ""}`))) {
    await session.run("DO SLEEP(1 - MICROSECOND(NOW(6)) / 1000000)");
    signatures = await readSignatures(session, schema, names, signatures);
  }
  const untimed = tables.filter(({ name }) => WITHOUT_TIME.test(signatures.get(name) ?? ""));
  const summed = await signaturesToRecord(session, schema, untimed, signatures);
  for (const [name, signature] of summed) signatures.set(name, signature);
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  return new Map([...signatures].map(([name, signature]) => [name, hash(signature)]));
}
