import type { TenantRow } from "../../../local/sample/rows/core-rows.ts";
import {
  activeLeaseStatuses,
  affiliationTypes,
  genders,
  labelsOf,
  moveoutReasons,
  personalIdentities,
  tenantStatuses,
} from "../code-lists.ts";
import { ageAt, cleanBirthDate } from "../dates.ts";
import type { SourceDay } from "../source-day.ts";
import { cleanText } from "../texts.ts";

const placeholderIds: readonly number[] = [200];
const placeholderNames: readonly string[] = ["レソト", "Lesotho"];

/** Rule (nationality): the placeholder is no country, neither as text nor by way of the master. */
function nationalityOf(
  row: Pick<TenantRow, "nationality" | "m_nationality_id">,
  names: ReadonlyMap<number, string | null>,
): { nationality: string | null; source: "text" | "master" | "placeholder" | "missing" } {
  const text = cleanText(row.nationality);
  const isPlaceholderText = text !== null && placeholderNames.includes(text);
  if (text !== null && !isPlaceholderText) return { nationality: text, source: "text" };
  const id = row.m_nationality_id;
  const isPlaceholderId = id !== null && placeholderIds.includes(id);
  const master = id === null || isPlaceholderId ? null : (names.get(id) ?? null);
  if (master !== null) return { nationality: master, source: "master" };
  return { nationality: null, source: isPlaceholderText || isPlaceholderId ? "placeholder" : "missing" };
}

/** The number of an identity document's type: only if the trimmed text is 1-9 digits. */
function identityCode(text: string | null): number | null {
  const clean = cleanText(text);
  return clean !== null && /^[0-9]{1,9}$/.test(clean) ? Number(clean) : null;
}

/** Rule (full_name): where the column has no name, last name and first name. */
function joinedName({ last_name, first_name }: Pick<TenantRow, "last_name" | "first_name">): string | null {
  const parts = [last_name, first_name].map(cleanText).filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" ");
}

function stgTenant(row: TenantRow, names: ReadonlyMap<number, string | null>, businessDate: string) {
  const birthDate = cleanBirthDate(row.birth_date, businessDate);
  const gender = labelsOf(genders, row.gender_type);
  const identity = labelsOf(personalIdentities, identityCode(row.personal_identity));
  const affiliationType = labelsOf(affiliationTypes, row.affiliation_type);
  const status = labelsOf(tenantStatuses, row.status);
  const reason = labelsOf(moveoutReasons, row.reason_moveout);
  const { nationality, source } = nationalityOf(row, names);
  return {
    tenant_id: row.id,
    full_name: cleanText(row.full_name) ?? joinedName(row),
    last_name: cleanText(row.last_name),
    first_name: cleanText(row.first_name),
    full_name_kana: cleanText(row.full_name_kana),
    is_corporate_name: cleanText(row.corporate_name) === null ? 0 : 1,
    gender_code: row.gender_type,
    gender_ja: gender.ja,
    gender: gender.en,
    birth_date: birthDate,
    age_source: row.age,
    age: ageAt(businessDate, birthDate, row.age),
    m_nationality_id: row.m_nationality_id,
    nationality,
    nationality_source: source,
    personal_identity_raw: row.personal_identity,
    personal_identity_ja: identity.ja,
    personal_identity_en: identity.en,
    affiliation: cleanText(row.affiliation),
    affiliation_type_code: row.affiliation_type,
    affiliation_type_ja: affiliationType.ja,
    affiliation_type_en: affiliationType.en,
    tenant_status_code: row.status,
    tenant_status_ja: status.ja,
    tenant_status_en: status.en,
    is_active_lease: row.status !== null && activeLeaseStatuses.has(row.status) ? 1 : 0,
    contract_type: row.contract_type,
    contract_channel: row.media_id,
    moveout_reason_code: row.reason_moveout,
    moveout_reason_ja: reason.ja,
    moveout_reason_en: reason.en,
    inquiry_id: row.inquiry_id,
    created_at: row.created_at,
    updated_at: row.updated_at,
    business_date: businessDate,
  };
}

export type StgTenant = ReturnType<typeof stgTenant>;

/** stg_tenants. */
export function stgTenants({ tenants, nationalities, businessDate }: SourceDay): StgTenant[] {
  const names = new Map(nationalities.map(({ id, nationality_name }) => [id, cleanText(nationality_name)]));
  return tenants.map((row) => stgTenant(row, names, businessDate));
}
