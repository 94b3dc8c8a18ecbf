import type { z } from "zod";

/** The errors of a schema validation on one line: `<field>: <error>; ...`. */
export function oneLine({ issues }: Pick<z.ZodError, "issues">): string {
  return issues
    .map(({ path, message }) => {
      const field = path.map(String).join(".");
      const text = message.replace(/^Invalid input: /, "");
      return field === "" ? text : `${field}: ${text}`;
    })
    .join("; ");
}
