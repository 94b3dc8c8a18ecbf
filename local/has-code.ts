/** True when an error of the operating system has this code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  // not `instanceof`: under Jest, Node's own errors belong to another realm
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
