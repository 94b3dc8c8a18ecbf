import { userInfo } from "node:os";

/** Name of the current user; the user ID where it has no name, as in a container with `--user 1234`. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
