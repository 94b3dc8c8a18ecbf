import { parseLayerTable } from "../../../shared/config/layer-table.ts";
import { compareGrants, missingGrants } from "../../../shared/warehouse/users/compare-grants.ts";
import { grantsOf } from "../../../shared/warehouse/users/grants.ts";

const ACCOUNT = "'baton_reader'@'%'";
const READER = grantsOf("reader", {
  layers: parseLayerTable([{ name: "staging" }, { name: "gold" }]),
  schemaPrefix: "",
  userPrefix: "baton_",
  host: "%",
});

describe("grants", () => {
  it.each([
    ["MySQL 8", ["GRANT USAGE ON *.* TO `baton_reader`@`%`", "GRANT SELECT ON `gold`.* TO `baton_reader`@`%`"]],
    [
      "MariaDB",
      [
        "GRANT USAGE ON *.* TO `baton_reader`@`%` IDENTIFIED BY PASSWORD '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19' REQUIRE SSL",
        "GRANT SELECT ON `gold`.* TO `baton_reader`@`%`",
      ],
    ],
  ])("are complete in the notation of %s", (_, shown) => {
    expect(compareGrants(shown, READER, ACCOUNT)).toEqual({ missing: [], surplus: [], repair: [] });
  });

  it("that broader ones include are not missing, and are granted before and after the broader ones are revoked", () => {
    const shown = ["GRANT ALL PRIVILEGES ON *.* TO `baton_reader`@`%` WITH GRANT OPTION"];

    expect(compareGrants(shown, READER, ACCOUNT)).toEqual({
      missing: [],
      surplus: [
        { privilege: "ALL PRIVILEGES", object: "*.*" },
        { privilege: "GRANT OPTION", object: "*.*" },
      ],
      repair: [
        `GRANT SELECT ON \`gold\`.* TO ${ACCOUNT}`,
        `REVOKE ALL PRIVILEGES ON *.* FROM ${ACCOUNT}`,
        `REVOKE GRANT OPTION ON *.* FROM ${ACCOUNT}`,
        `GRANT SELECT ON \`gold\`.* TO ${ACCOUNT}`,
      ],
    });
  });

  it.each([
    ["`go%`.*", 0],
    ["`g_ld`.*", 0],
    ["`%`.*", 0],
    ["`g\\_ld`.*", 1],
    ["`gol`.*", 1],
    ["`silver%`.*", 1],
  ])("to the schemas of the pattern %s are given or missing (%s)", (object, missing) => {
    const shown = [`GRANT SELECT ON ${object} TO \`baton_reader\`@\`%\``];

    expect(missingGrants(shown, READER, ACCOUNT)).toEqual(
      missing === 0 ? [] : [`GRANT SELECT ON \`gold\`.* TO ${ACCOUNT}`],
    );
  });

  it("that a partial revocation excludes are missing", () => {
    const shown = ["GRANT SELECT ON *.* TO `baton_reader`@`%`", "REVOKE SELECT ON `gold`.* FROM `baton_reader`@`%`"];

    expect(compareGrants(shown, READER, ACCOUNT).missing).toEqual([{ privilege: "SELECT", object: "`gold`.*" }]);
  });

  it("of columns, tables and roles are distinguished", () => {
    const shown = [
      "GRANT SELECT (`a`, `b`), INSERT ON `gold`.`new_contracts` TO `baton_reader`@`%`",
      "GRANT SELECT ON `gold`.* TO `baton_reader`@`%`",
      "GRANT `admin`@`%` TO `baton_reader`@`%`",
    ];

    expect(compareGrants(shown, READER, ACCOUNT).repair).toEqual([
      `REVOKE SELECT (\`a\`, \`b\`), INSERT ON \`gold\`.\`new_contracts\` FROM ${ACCOUNT}`,
      `REVOKE \`admin\`@\`%\` FROM ${ACCOUNT}`,
    ]);
  });

  it("that cannot be parsed are an error that quotes nothing of them", () => {
    const shown = ["IDENTIFIED BY PASSWORD '*2470C0C0'"];

    expect(() => compareGrants(shown, READER, ACCOUNT)).toThrow(/no GRANT statement/);
    expect(() => compareGrants(shown, READER, ACCOUNT)).not.toThrow(/2470C0C0/);
  });
});
