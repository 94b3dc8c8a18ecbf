/** The environment on the operator's machine; commands for it need no --stage. */
export const LOCAL_STAGE = "local";

/** Returns a command line for the operator of an environment. */
export function commandFor(stage: string, command: string): string {
  return stage === LOCAL_STAGE ? `./baton ${command}` : `./baton --stage ${stage} ${command}`;
}

/** Adds the environment to the commands in a text. Recorded advice leaves it out, because it can be read anywhere. */
export function withCommandsFor(stage: string, text: string): string {
  return text.replaceAll(/\.\/baton (?!--stage )/g, commandFor(stage, ""));
}
