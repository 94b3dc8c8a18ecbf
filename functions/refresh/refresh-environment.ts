import { z } from "zod";

/** What the refresh function reads from its environment. */
export const refreshEnvironmentSchema = z.object({
  BATON_STAGE: z.string().min(1),
  BATON_BUS: z.string().min(1),
  BATON_QUEUE_URL: z.url(),
  BATON_DLQ_URL: z.url(),
  BATON_ACCOUNT: z.string().regex(/^\d{12}$/, "expected an account id of 12 digits"),
  /** Ids of QuickSight data sets, separated by commas; empty: there is nothing to refresh. */
  BATON_QUICKSIGHT_DATA_SETS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((id) => id.trim())
        .filter((id) => id !== ""),
    ),
  /** Ingestions are looked at this often. */
  BATON_QUICKSIGHT_CHECK_SECONDS: z.coerce.number().int().min(1).max(900).default(30),
});
export type RefreshEnvironment = z.infer<typeof refreshEnvironmentSchema>;
