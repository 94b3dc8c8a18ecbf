import { parseTableDefinition, type TableDefinition } from "../loader/definitions/table-definition.ts";
import { runsComment, type ServerDialect } from "../loader/lexer/dialect.ts";

/** A text or a name, in which nothing is a comment, or a versioned comment. */
const COMMENT = /'(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`|\/\*(?<marker>M?!)(?<version>\d{5,6})?(?<code>.*?)\*\//gs;

/**
 * Parses the answer of SHOW CREATE TABLE for another server: versioned comments become code where that server runs them.
 *
 * @throws DefinitionFault for a definition that Baton does not know
 */
export function parseShownTable(text: string, target: ServerDialect): TableDefinition {
  return parseTableDefinition(resolveComments(text, target));
}

/** Replaces versioned comments by their code, or by nothing. */
export function resolveComments(text: string, target: ServerDialect): string {
  return text.replace(COMMENT, (...args: unknown[]) => {
    // with named groups, the last argument is an object of them
    const groups = args.at(-1) as { marker?: "!" | "M!"; version?: string; code?: string };
    if (groups.marker === undefined) return String(args[0]);
    const version = groups.version === undefined ? undefined : Number(groups.version);
    return runsComment(target, groups.marker, version) ? ` ${groups.code ?? ""} ` : " ";
  });
}
