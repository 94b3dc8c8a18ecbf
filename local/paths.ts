import { join } from "node:path";

/** The checkout. */
export const projectRoot: string = join(import.meta.dirname, "..");

/** The ignored folder that holds everything that set-up and the local stack make. */
export const batonHome: string = join(projectRoot, ".baton");

/** Where the local stack keeps its data, logs and state; a second stack takes another folder by BATON_STATE. */
export const stateFolder: string = process.env["BATON_STATE"] ?? join(batonHome, "state");
