import { defineLayer, requested } from "../../shared/layer/layer-definition.ts";
export const staging = defineLayer({ name: "staging", listensTo: requested(), async run() { throw new Error("not yet"); } });
