import { join } from "node:path";
import { batonHome } from "../shared/config/checkout.ts";

export { batonHome, projectRoot } from "../shared/config/checkout.ts";

/** Data, logs and state of the local stack; BATON_STATE sets another folder for a second stack. */
export const stateFolder: string = process.env["BATON_STATE"] ?? join(batonHome, "state");
