import type { AuditException } from "./advisories.ts";

/** Advisories that are accepted until a date; each has a reason and the day on which it must be reviewed. */
export const auditExceptions: readonly AuditException[] = [];
