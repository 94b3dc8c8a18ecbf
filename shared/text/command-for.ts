/** The environment on the operator's machine; commands for it need no --stage. */
export const LOCAL_STAGE = "local";

/** A command line for the operator of an environment. */
export function commandFor(stage: string, command: string): string {
  return stage === LOCAL_STAGE ? `./baton ${command}` : `./baton --stage ${stage} ${command}`;
}

/** A text whose commands are for the operator of a stage: recorded advice does not know where it will be read. */
export function withCommandsFor(stage: string, text: string): string {
  return text.replaceAll(/\.\/baton (?!--stage )/g, commandFor(stage, ""));
}
