/** A code with its labels; written down independently of the seeds in `dbt/seeds`. */
interface Code {
  ja: string;
  en: string;
}

function codes(rows: readonly (readonly [number, string, string])[]): ReadonlyMap<number, Code> {
  return new Map(rows.map(([code, ja, en]) => [code, { ja, en }]));
}

export const genders = codes([
  [1, "男性", "Male"],
  [2, "女性", "Female"],
  [3, "その他", "Other"],
]);

export const tenantStatuses = codes([
  [0, "検討中", "Under Consideration"],
  [1, "解約", "Terminated"],
  [2, "内見予定", "Scheduled Viewing"],
  [3, "内見済", "Viewed"],
  [4, "仮予約", "Tentative Reservation"],
  [5, "初期賃料", "Initial Rent Deposit"],
  [6, "入居説明", "Move-in Explanation"],
  [7, "入居", "Move-in"],
  [8, "キャンセル", "Canceled"],
  [9, "居住中", "In Residence"],
  [10, "契約更新", "Contract Renewal"],
  [11, "入居通知", "Move-in Notice Received"],
  [12, "入居手続き", "Move-in Procedure"],
  [13, "移動", "Move"],
  [14, "退去通知", "Move-out Notice Received"],
  [15, "退去予定", "Expected Move-out"],
  [16, "メンテ待ち", "Awaiting Maintenance"],
  [17, "退去済", "Moved Out"],
]);
export const activeLeaseStatuses: ReadonlySet<number> = new Set([4, 6, 7, 9, 10, 11, 12, 13, 14, 15]);

export const contractTypes = codes([
  [0, "未設定", "(Not set)"],
  [1, "一般", "General"],
  [2, "法人契約", "Corporate Contract"],
  [3, "法人契約個人", "Corporate Individual"],
  [4, "Airbnb1", "Airbnb Account 1"],
  [5, "Airbnb2", "Airbnb Account 2"],
  [6, "定期契約", "Term-based Contract"],
  [7, "一般保証人", "General Guarantor"],
  [8, "未設定", "(Not set)"],
  [9, "一般2", "General 2"],
]);

export type TenantType = "individual" | "corporate" | "unknown";

/** Contract level; NULL, unmapped, 0, 4, 5 and 8 are unknown. */
export function contractTenantType(code: number | null): TenantType {
  if (code === 2 || code === 3) return "corporate";
  return code === 1 || code === 6 || code === 7 || code === 9 ? "individual" : "unknown";
}

export const personalIdentities = codes([
  [1, "運転免許証", "Driver's License"],
  [2, "健康保険証", "Health Insurance Card"],
  [3, "パスポート", "Passport"],
  [4, "特別永住者証明書", "Permanent Residence Permit"],
  [5, "住民票", "Resident Registration Card"],
  [6, "マイナンバーカード", "My Number Card"],
  [7, "その他", "Other"],
  [8, "在留カード", "Residence Card"],
]);

export const affiliationTypes = codes([
  [1, "製造業", "Manufacturing"],
  [2, "建設業", "Construction"],
  [3, "情報通信業", "Information Technology"],
  [4, "運輸業", "Transportation"],
  [5, "卸売業", "Wholesale"],
  [6, "小売業", "Retail"],
  [7, "金融業", "Finance"],
  [8, "不動産業", "Real Estate"],
  [9, "飲食業", "Food Service"],
  [10, "医療福祉", "Healthcare"],
  [11, "教育学習支援", "Education"],
  [12, "サービス業", "Services"],
  [13, "公務", "Public Service"],
  [14, "農林漁業", "Agriculture"],
  [15, "電気ガス", "Utilities"],
  [16, "その他", "Other"],
  [17, "学生", "Student"],
  [18, "無職", "Unemployed"],
]);

export const moveoutReasons = codes([
  [0, "未設定", "(Not set)"],
  [1, "転職", "Job Change"],
  [2, "帰国", "Returning Home"],
  [3, "転勤", "Job Transfer"],
  [4, "結婚", "Marriage"],
  [5, "家族の都合", "Family Reasons"],
  [6, "経済的理由", "Economic Reasons"],
  [7, "その他", "Other"],
]);

/** Labels of a code: NULL for NULL, `Unknown (<code>)` for one outside the list. */
export function labelsOf(
  list: ReadonlyMap<number, Code>,
  code: number | null,
): { ja: string | null; en: string | null } {
  if (code === null) return { ja: null, en: null };
  const unknown = `Unknown (${code})`;
  return list.get(code) ?? { ja: unknown, en: unknown };
}
