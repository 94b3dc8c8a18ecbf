import { join } from "node:path";

/** The checkout. */
export const projectRoot: string = join(import.meta.dirname, "..");

/** The ignored folder that holds everything that set-up and the local stack make. */
export const batonHome: string = join(projectRoot, ".baton");

/** Where the local stack keeps its data, logs and state. */
export const stateFolder: string = join(batonHome, "state");
