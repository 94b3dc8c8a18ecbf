/** Rights by what they are for, such as `` `gold`.* ``, in the words of GRANT. */
type GrantSet = ReadonlyMap<string, ReadonlySet<string>>;

/** A right that somebody lacks or has: its name and what it is for. */
export interface Right {
  privilege: string;
  object: string;
}

/** What rights are not as they should be. */
export interface GrantDifference {
  /** What the user may not do and should. */
  missing: Right[];
  /** What the user was given and should not have. */
  surplus: Right[];
  /** Statements for an administrator that set it right. */
  repair: string[];
}

const ALL = "ALL PRIVILEGES";
const EVERYWHERE = "*.*";
/** `USAGE` means no right at all. */
const NO_RIGHT = "USAGE";
/** A role has no ON; everything else is rights, their object and whom they were given to. */
/** With partial_revokes, SHOW GRANTS names the schemas where a right to the whole server does not hold. */
const RESTRICTION = /^REVOKE .+? ON (?<object>.+?) FROM (?:[`'"]|CURRENT_USER)/s;
const STATEMENT = /^GRANT (?<privileges>.+?)(?: ON (?<object>.+?))? TO (?:[`'"]|CURRENT_USER)/s;
/** Commas between rights, not those between the columns of one. */
const BETWEEN_RIGHTS = /,\s*(?![^(]*\))/;

/** Reads GRANT statements, as SHOW GRANTS prints them or as `grantsOf` writes them. @throws SyntaxError for anything else */
function parseGrants(statements: readonly string[]): GrantSet {
  const found = new Map<string, Set<string>>();
  const add = (object: string, privilege: string): void => {
    const rights = found.get(object) ?? new Set();
    found.set(object, rights.add(privilege));
  };
  for (const statement of statements) {
    const { privileges, object } = STATEMENT.exec(statement)?.groups ?? {};
    // the statement itself may quote the hash of a password
    if (privileges === undefined) throw new SyntaxError("a line of SHOW GRANTS is no GRANT statement");
    if (object === undefined) {
      add("", privileges);
      continue;
    }
    for (const privilege of privileges.split(BETWEEN_RIGHTS)) {
      if (privilege !== NO_RIGHT) add(object, privilege);
    }
    if (/ WITH GRANT OPTION/.test(statement)) add(object, "GRANT OPTION");
  }
  return found;
}

function rightsOf(grants: GrantSet): Right[] {
  return [...grants].flatMap(([object, privileges]) => [...privileges].map((privilege) => ({ privilege, object })));
}

function has(grants: GrantSet, { privilege, object }: Right): boolean {
  return grants.get(object)?.has(privilege) === true;
}

/** True where a right follows from a wider one. */
function covers(grants: GrantSet, { privilege, object }: Right): boolean {
  return [...grants.keys()].some(
    (wider) =>
      (wider === EVERYWHERE || isWithin(object, wider)) &&
      (has(grants, { privilege, object: wider }) || has(grants, { privilege: ALL, object: wider })),
  );
}

/** True when the name of a schema matches the name or pattern of another right. */
function isWithin(object: string, wider: string): boolean {
  const pattern = wider.replaceAll(/\\?[_%]|[^_%\w\\]|\\/g, (part) => {
    if (part === "%") return ".*";
    return part === "_" ? "." : `\\${part.at(-1) ?? ""}`;
  });
  return new RegExp(`^${pattern}$`, "s").test(object.replaceAll(/\\([_%])/g, "$1"));
}

/**
 * The GRANT statements for expected rights that a user does not have, also not by a wider right.
 *
 * @param shown lines of SHOW GRANTS
 * @param expected GRANT statements
 * @param account as in GRANT: `'user'@'host'`
 * @throws SyntaxError for lines that are no GRANT statements, without quoting them
 */
export function missingGrants(shown: readonly string[], expected: readonly string[], account: string): string[] {
  return statements("GRANT", compareGrants(shown, expected, account).missing, account);
}

/**
 * Compares a user's rights with those that it should have.
 *
 * @param shown lines of SHOW GRANTS
 * @param expected GRANT statements
 * @param account as in GRANT: `'user'@'host'`
 * @throws SyntaxError for lines that are no GRANT statements, without quoting them
 */
export function compareGrants(shown: readonly string[], expected: readonly string[], account: string): GrantDifference {
  const restricted = new Set(shown.map((line) => RESTRICTION.exec(line)?.groups?.["object"]));
  const found = parseGrants(shown.filter((line) => !RESTRICTION.test(line)));
  const wanted = parseGrants(expected);
  // once what is too much is gone, nothing follows from it any more
  const ungiven = rightsOf(wanted).filter((right) => !has(found, right));
  const surplus = rightsOf(found).filter((right) => !has(wanted, right));
  return {
    missing: ungiven.filter((right) => restricted.has(right.object) || !covers(found, right)),
    surplus,
    repair: [
      ...statements("GRANT", ungiven, account),
      // rights to the server last: MySQL may revoke those to schemas with them
      ...statements("REVOKE", surplus.toSorted(serverLast), account),
      // MySQL takes the rights to schemas, too, with all rights to the server
      ...(surplus.some(({ object }) => object === EVERYWHERE) ? statements("GRANT", rightsOf(wanted), account) : []),
    ],
  };
}

function serverLast(a: Right, b: Right): number {
  return Number(a.object === EVERYWHERE) - Number(b.object === EVERYWHERE);
}

/** One statement for each object; ALL PRIVILEGES takes no other beside it. */
function statements(verb: "GRANT" | "REVOKE", rights: readonly Right[], account: string): string[] {
  const direction = verb === "GRANT" ? "TO" : "FROM";
  return [...Map.groupBy(rights, ({ object }) => object)].flatMap(([object, group]) => {
    const privileges = group.map(({ privilege }) => privilege);
    if (object === "") return privileges.map((role) => `${verb} ${role} ${direction} ${account}`);
    const named = privileges.filter((privilege) => privilege !== ALL).join(", ");
    const lists = privileges.includes(ALL) ? [ALL, named] : [named];
    return lists.filter((list) => list !== "").map((list) => `${verb} ${list} ON ${object} ${direction} ${account}`);
  });
}
