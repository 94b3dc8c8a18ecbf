import { main } from "./main.ts";

/** Exit code that a shell reports for a program terminated by SIGPIPE. */
const BROKEN_PIPE = 141;

for (const stream of [process.stdout, process.stderr]) {
  // a reader such as `head` may close the pipe before all output is written
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(BROKEN_PIPE);
    throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
