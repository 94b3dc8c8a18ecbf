import type { AuditException } from "./advisories.ts";

/** Advisories that are accepted for a while; each with its reason and the day on which it has to be looked at again. */
export const auditExceptions: readonly AuditException[] = [];
