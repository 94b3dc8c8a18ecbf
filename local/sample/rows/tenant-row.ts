import { addMonths, dayText, localDayOf, utcText, type Day } from "../calendar.ts";
import { at, Random, Weighted } from "../random.ts";
import type { Cell } from "../schema/column.ts";
import { nationalityShares, placeholderNationality, tailShare, typedNationalities } from "../words/nationalities.ts";
import { companies, foreignNames, japaneseFirstNames, japaneseLastNames, otherForeignNames } from "../words/people.ts";
import type { Tenant } from "../world/entities.ts";
import type { World } from "../world/world.ts";
import type { TenantRow } from "./core-rows.ts";
import { dirtyDate, dirtyText, farDate } from "./dirt.ts";
import { nationalityNames, tailNationalityIds } from "./nationality-rows.ts";

/** 0 stands for any country with few tenants. */
const countries = new Weighted<number>([...nationalityShares, [0, tailShare]]);
const identities = new Weighted<string | null>([
  ["8", 40],
  ["1", 14],
  ["3", 14],
  ["2", 8],
  ["6", 6],
  ["5", 3],
  ["7", 2],
  ["4", 1],
  [null, 8],
  ["NULL", 1.5],
  ["null", 0.5],
  ["--", 1],
  ["", 1],
  [" 8", 0.4],
  ["3\u3000", 0.3],
  ["08", 0.1],
  ["９", 0.1],
  ["9", 0.05],
  ["パスポート", 0.1],
  ["12345678901", 0.05],
]);
const affiliationTypes = new Weighted<number | null>([
  [9, 18],
  [17, 22],
  [12, 12],
  [3, 10],
  [1, 8],
  [16, 6],
  [10, 4],
  [6, 4],
  [11, 3],
  [2, 3],
  [18, 2],
  [4, 2],
  [5, 1],
  [7, 1],
  [8, 1],
  [13, 0.5],
  [14, 0.3],
  [15, 0.3],
  [null, 6],
  [0, 0.05],
  [19, 0.05],
]);
/** Two months in which an import left most columns empty, as days before the first business date. */
const IMPORT = { from: 159, until: 99 };

/** The tenant's country, as text and as master id. */
function nationalityOf(tenant: Tenant, random: Random): { text: string | null; id: number | null; country: string } {
  const drawn = countries.draw(random);
  const named = drawn === 0 ? random.pick(tailNationalityIds) : drawn;
  const country = nationalityNames.get(named) ?? "日本";
  const point = random.unit();
  switch (tenant.nationalityKind) {
    case "missing":
      if (point < 654 / 1_199) return { text: null, id: 0, country };
      return { text: "", id: point < (654 + 312) / 1_199 ? 0 : 52, country };
    case "placeholder": {
      const { id, name } = placeholderNationality;
      if (point < 0.96) return { text: name, id, country };
      if (point < 0.97) return { text: null, id, country };
      if (point < 0.98) return { text: "Lesotho", id, country };
      return point < 0.99 ? { text: ` ${name}\u3000`, id: 0, country } : { text: name, id: named, country };
    }
    case "typed":
      return { text: random.pick(typedNationalities), id: 0, country };
    case "negative":
      return { text: "中国", id: -1, country };
    case "named":
      if (point < 0.005) return { text: country, id: random.chance(0.5) ? 0 : null, country };
      if (point < 0.0055) return { text: country, id: placeholderNationality.id, country };
      return { text: dirtyText(country, random, 0.012), id: named, country };
  }
}

interface Name {
  last: string;
  first: string | null;
  kana: string;
  isSpaced: boolean;
}

function nameOf(tenant: Tenant, country: string, random: Random): Name {
  if (tenant.id % 977 === 0) return { last: "テスト", first: "太郎", kana: "テスト タロウ", isSpaced: true };
  if (country === "日本") {
    const [last, lastKana] = random.pick(japaneseLastNames);
    const [first, firstKana] = random.pick(japaneseFirstNames);
    return { last, first, kana: `${lastKana} ${firstKana}`, isSpaced: random.chance(0.9) };
  }
  const [name, kana] = random.pick(foreignNames[country] ?? otherForeignNames);
  const [last = name, ...rest] = name.split(" ");
  return { last, first: rest.length === 0 ? null : rest.join(" "), kana, isSpaced: true };
}

function birthOf(tenant: Tenant, world: World, random: Random): { birth: Day | null; text: string | null } {
  const age = Math.min(88, 18 + Math.floor(random.exponential(9)));
  const birth = localDayOf(tenant.createdAt) - age * 365 - random.int(0, 364);
  const point = random.unit();
  if (tenant.isCorporate && point < 0.8) return { birth: null, text: null };
  if (point < 0.03) return { birth: null, text: null };
  if (point < 0.031) return { birth: null, text: "1900-01-01" };
  if (point < 0.0315) return { birth: null, text: "1900-01-02" };
  if (point < 0.0325) return { birth: null, text: dayText(world.firstDay + random.int(1, 4_000)) };
  return { birth, text: dirtyDate(birth, random) };
}

/** Age in years. The source updates it in a batch, but not for all rows. */
function ageOf(birth: Day | null, today: Day, random: Random): number | null {
  const point = random.unit();
  if (birth === null) return point < 0.5 ? random.int(19, 60) : point < 0.55 ? random.pick([-1, 121, 999]) : null;
  const months = Math.floor((today - birth) / 30.436875);
  let years = Math.floor(months / 12);
  if (addMonths(birth, (years + 1) * 12) <= today) years += 1;
  else if (addMonths(birth, years * 12) > today) years -= 1;
  // 10 % are stale
  if (point < 0.1) return Math.max(0, years - random.int(1, 8));
  return point < 0.11 ? null : years;
}

function genderOf(isImported: boolean, random: Random): number | null {
  const point = random.unit();
  // together with the placeholder's rows, 75 % of the import have no gender
  if (random.chance(isImported ? 0.6 : 0.02)) return null;
  if (point < 0.0005) return random.pick([0, 9]);
  return point < 0.55 ? 1 : point < 0.995 ? 2 : 3;
}

/** The row of a tenant. Values that are not in the world are derived from the id, so they are the same every day. */
export function tenantRow(world: World, tenant: Tenant): TenantRow & Record<string, Cell> {
  const random = new Random(world.seed, `tenant ${tenant.id}`);
  const nationality = nationalityOf(tenant, random.stream("nationality"));
  const name = nameOf(tenant, nationality.country, random.stream(`name ${tenant.nameRevision}`));
  const { birth, text: birthText } = birthOf(tenant, world, random.stream("birth"));
  const daysAgo = world.firstDay - localDayOf(tenant.createdAt);
  const isImported = daysAgo <= IMPORT.from && daysAgo >= IMPORT.until;
  const isPlaceholder = tenant.nationalityKind === "placeholder";
  const gender = genderOf(isImported, random.stream("gender"));
  const affiliationType = affiliationTypes.draw(random);
  const company = random.pick(companies);
  const space = random.pick([" ", " ", "\u3000"]);
  const full = name.first === null ? name.last : `${name.last}${name.isSpaced ? space : ""}${name.first}`;
  const hasAffiliation = !isPlaceholder && random.chance(isImported ? 0.16 : 0.9);
  const mail =
    name.last === "テスト" ? "qa@gghouse.example" : `t${tenant.id}@example.${random.pick(["com", "jp", "net"])}`;
  const renewal = tenant.contracts.findLast(({ isRenewal }) => isRenewal === 1)?.movein ?? null;
  return {
    id: tenant.id,
    last_name: random.chance(0.002) ? at(["NULL", "--", ""], tenant.id % 3) : name.last,
    first_name: dirtyText(name.first, random),
    full_name: random.chance(0.02) ? "NULL" : dirtyText(full, random, 0.005),
    full_name_kana: dirtyText(name.kana, random),
    // the text NULL made companies out of people
    corporate_name: dirtyText(tenant.isCorporate ? company : null, random, 0.04),
    gender_type: isPlaceholder ? null : gender,
    birth_date: birthText,
    personal_identity: identities.draw(random),
    email_1: dirtyText(mail, random),
    email_2: null,
    tel_1: dirtyText(`0${random.int(70, 90)}-${random.int(1_000, 9_999)}-${random.int(1_000, 9_999)}`, random),
    tel_2: null,
    m_language_id_1: random.chance(0.2) ? null : random.int(1, 9),
    affiliation: hasAffiliation ? dirtyText(random.pick(companies), random, 0.04) : null,
    affiliation_type: isPlaceholder ? null : affiliationType,
    affiliation_status: tenant.affiliationStatus,
    status: tenant.status,
    contract_type: tenant.contractType,
    agreement_type: tenant.agreementType,
    is_transferred: tenant.isTransferred,
    is_renewal_ng: tenant.isRenewalNg,
    age: ageOf(birth, world.today, random.stream("age")),
    nationality: nationality.text,
    media_id: random.int(1, 35),
    m_nationality_id: nationality.id,
    contact_nationality_1:
      tenant.nationalityKind === "missing" ? null : random.chance(0.3) ? nationality.country : null,
    inquiry_id: tenant.inquiryId,
    moving_id: tenant.current?.id ?? null,
    under_contract_id: tenant.underContract?.id ?? null,
    reason_moveout: tenant.reasonMoveout === 0 && random.chance(0.01) ? 8 : tenant.reasonMoveout,
    is_paysle_unpaid: tenant.isUnpaid,
    renewal_priority: tenant.renewalPriority,
    first_movein_date: dirtyDate(tenant.firstMovein, random.stream("first movein")),
    renewal_movein_date: dirtyDate(renewal, random.stream("renewal")),
    renewal_deadline_date: farDate(
      renewal === null ? null : renewal - 60,
      "2200-01-01",
      random.stream("deadline"),
      0.0005,
    ),
    account_number: dirtyText(String(random.int(1_000_000, 9_999_999)), random),
    deleted_at: null,
    created_at: utcText(tenant.createdAt),
    updated_at: utcText(tenant.updatedAt),
  };
}
