export { batonHome, projectRoot, stateFolder } from "../shared/config/checkout.ts";
