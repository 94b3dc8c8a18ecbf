import { join } from "node:path";

/** The checkout that contains this code. */
export const projectRoot: string = join(import.meta.dirname, "../..");

/** The folder, ignored by Git, for everything that set-up, the local stack and commands write. */
export const batonHome: string = join(projectRoot, ".baton");
