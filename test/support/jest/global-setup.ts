import { startServices } from "../services.ts";

export default startServices;
