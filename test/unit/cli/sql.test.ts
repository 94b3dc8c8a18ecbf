import { findClientProgram } from "../../../cli/sql/client-program.ts";
import { optionsOf } from "../../../cli/sql/option-file.ts";
import { engineProgram } from "../../../local/engine-programs.ts";

const MISSING = { command: "no-such-client", env: process.env };
const config = {
  ...{ host: "cluster.example", port: 3306, user: "baton_reader", password: 'a"b\\n#c', schemaPrefix: "" },
  ...({ tls: "required", ca: "PEM" } as const),
};

describe("the client of baton sql", () => {
  it("is the first that is installed", async () => {
    const { command, vendor } = await findClientProgram([MISSING, engineProgram("client", "mariadb"), MISSING]);

    expect({ command, vendor }).toEqual({ command: engineProgram("client", "mariadb").command, vendor: "mariadb" });
  });

  it("is missing with the command that installs it", async () => {
    await expect(findClientProgram([MISSING])).rejects.toMatchObject({
      code: "SQL_CLIENT_MISSING",
      message: expect.stringContaining("looked for no-such-client") as string,
      advice: expect.stringContaining("apt-get install") as string,
    });
  });

  it("gets login and TLS from a file", () => {
    const of = (vendor: "mysql" | "mariadb", tls: "required" | "disabled"): string[] =>
      optionsOf({ ...config, tls }, { vendor, authorities: "/tmp/a b.pem" }).split("\n");

    expect(of("mysql", "required")).toEqual([
      ...["[client]", 'host="cluster.example"', "port=3306", "protocol=tcp", 'user="baton_reader"'],
      ...['password="a\\"b\\\\n#c"', "default-character-set=utf8mb4", 'ssl-ca="/tmp/a b.pem"'],
      ...["ssl-mode=VERIFY_IDENTITY", ""],
    ]);
    expect(of("mariadb", "required").slice(-3)).toEqual(['ssl-ca="/tmp/a b.pem"', "ssl-verify-server-cert", ""]);
    expect(of("mysql", "disabled").at(-2)).toBe("ssl-mode=PREFERRED");
    expect(of("mariadb", "disabled").slice(-3)).toEqual(["default-character-set=utf8mb4", "skip-ssl", ""]);
  });
});
