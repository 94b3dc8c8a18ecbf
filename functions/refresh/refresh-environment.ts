import { z } from "zod";
import { REFRESH_CHECK_SECONDS } from "../../shared/runtime/max-receives.ts";

/** Environment variables of the refresh function. */
export const refreshEnvironmentSchema = z.object({
  BATON_STAGE: z.string().min(1),
  BATON_BUS: z.string().min(1),
  BATON_BUCKET: z.string().min(1),
  BATON_QUEUE_URL: z.url(),
  BATON_DLQ_URL: z.url(),
  BATON_ACCOUNT: z.string().regex(/^\d{12}$/, "expected an account ID of 12 digits"),
  /** IDs of QuickSight data sets, separated by commas; empty: nothing to refresh. */
  BATON_QUICKSIGHT_DATA_SETS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((id) => id.trim())
        .filter((id) => id !== ""),
    ),
  /** Time between two checks of the ingestions, and before a retry. */
  BATON_QUICKSIGHT_CHECK_SECONDS: z.coerce.number().int().min(1).max(900).default(REFRESH_CHECK_SECONDS),
});
export type RefreshEnvironment = z.infer<typeof refreshEnvironmentSchema>;
