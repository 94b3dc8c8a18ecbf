import {
  activeLeaseStatuses,
  affiliationTypes,
  contractTenantType,
  contractTypes,
  genders,
  moveoutReasons,
  personalIdentities,
  tenantStatuses,
} from "./code-lists.ts";

type Codes = typeof genders;

function labels(list: Codes) {
  return [...list].map(([code, { ja, en }]) => ({ code, label_ja: ja, label_en: en }));
}

/** Every table of the schema `seeds`. */
export function expectedSeeds() {
  return {
    code_gender: labels(genders),
    code_tenant_status: labels(tenantStatuses).map((row) => ({
      ...row,
      is_active_lease: activeLeaseStatuses.has(row.code) ? 1 : 0,
    })),
    code_contract_type: labels(contractTypes).map((row) => ({ ...row, tenant_type: contractTenantType(row.code) })),
    code_personal_identity: labels(personalIdentities),
    code_affiliation_type: labels(affiliationTypes),
    code_moveout_reason: labels(moveoutReasons),
  };
}
