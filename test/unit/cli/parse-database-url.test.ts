import { parseDatabaseUrl } from "../../../cli/parse-database-url.ts";
import { UsageError } from "../../../cli/usage-error.ts";

describe("the URL of a database", () => {
  const options = { option: "--from", passwordVariable: "BATON_TEST_PASSWORD", passwordInUrl: "refuse" } as const;
  afterEach(() => delete process.env["BATON_TEST_PASSWORD"]);

  it("takes the password from the environment, and requires TLS unless the server is on this machine", () => {
    process.env["BATON_TEST_PASSWORD"] = "s3cret";

    const { host, port, user, password, tls } = parseDatabaseUrl("mysql://et%40l@db.example", options);

    expect({ host, port, user, password, tls }).toEqual({
      ...{ host: "db.example", port: 3306, user: "et@l", password: "s3cret", tls: "required" },
    });
    expect(parseDatabaseUrl("mariadb://a@127.0.0.1:3307", options)).toMatchObject({ port: 3307, tls: "disabled" });
    expect(parseDatabaseUrl("mysql://a@[::1]?tls=required", options)).toMatchObject({ host: "::1", tls: "required" });
  });

  it.each([
    ["mysql://a:b@db.example", /must not have a password/],
    ["http://db.example", /is not mysql:\/\/user@host/],
    ["db.example", /is not mysql:\/\/user@host/],
    ["mysql://a@db.example?tls=perhaps", /accepts \?tls=required/],
  ])("refuses %s", (url, message) => {
    expect(() => parseDatabaseUrl(url, options)).toThrow(UsageError);
    expect(() => parseDatabaseUrl(url, options)).toThrow(message);
  });

  it("never repeats a password in an error", () => {
    const parse = (): unknown => parseDatabaseUrl("mysql://a:s3cret@db.example", options);

    expect(parse).toThrow(/^(?!.*s3cret)/);
  });
});
