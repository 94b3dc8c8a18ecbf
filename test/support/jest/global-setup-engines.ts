import { startBothEngines } from "../services.ts";

export default startBothEngines;
