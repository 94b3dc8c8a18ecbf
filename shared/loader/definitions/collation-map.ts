/** Collations of the target server, and the replacement for those that it lacks. */
export interface TargetCollations {
  /** Names that the server knows, lower case. */
  known: ReadonlySet<string>;
  /** Default collation of the target schema. */
  schemaDefault: string;
}

/**
 * Maps a collation of the dump to one that the server has. A collation that the server has is returned unchanged. A
 * missing one, such as `utf8mb4_0900_ai_ci` on MariaDB 10.11, becomes the schema's default, so that loaded tables can
 * be joined with the warehouse's own. Missing binary and case-sensitive collations become `<charset>_bin`.
 *
 * @returns undefined when only the character set's default collation can be used
 */
export function mapCollation(name: string, { known, schemaDefault }: TargetCollations): string | undefined {
  const wanted = name.toLowerCase();
  // servers accept the old name and list the new one, or the reverse
  const alias = wanted.startsWith("utf8_") ? wanted.replace("utf8_", "utf8mb3_") : wanted.replace("utf8mb3_", "utf8_");
  if (known.has(wanted)) return name;
  if (known.has(alias)) return alias;
  const charset = wanted.startsWith("uca1400") ? "utf8mb4" : (wanted.split("_")[0] ?? "utf8mb4");
  const binary = `${charset}_bin`;
  if (/_(bin|cs)$/.test(wanted) && known.has(binary)) return binary;
  if (schemaDefault.startsWith(`${charset}_`)) return schemaDefault;
  return undefined;
}
