import type { z } from "zod";

/** The mistakes that a schema found, on one line: `<field>: <what is wrong>; ...`. */
export function oneLine({ issues }: Pick<z.ZodError, "issues">): string {
  return issues
    .map(({ path, message }) => {
      const field = path.map(String).join(".");
      const text = message.replace(/^Invalid input: /, "");
      return field === "" ? text : `${field}: ${text}`;
    })
    .join("; ");
}
