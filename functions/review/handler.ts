import { requestHandler } from "../../shared/answers/request-handler.ts";
import { reviewEnvironmentSchema } from "./review-environment.ts";
import { review } from "./review.ts";

/** Reviews a change to models by its data. */
export const handler = requestHandler("review", reviewEnvironmentSchema, review);
