import { join } from "node:path";

/** The checkout that contains this code. */
export const projectRoot: string = join(import.meta.dirname, "../..");

/** The folder, ignored by Git, for everything that set-up, the local stack and commands write. */
export const batonHome: string = join(projectRoot, ".baton");

/** Data, logs and state of the local stack; BATON_STATE sets another folder for a second stack. */
export const stateFolder: string = process.env["BATON_STATE"] ?? join(batonHome, "state");
