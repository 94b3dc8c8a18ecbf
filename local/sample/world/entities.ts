import type { Day, Seconds } from "../calendar.ts";

/** A building. */
export interface Building {
  id: number;
  /** Position in the list of buildings; determines its dirty values. */
  index: number;
  prefecture: string;
  municipality: string;
  /** As in the dump, DECIMAL(8,6). */
  latitude: string | null;
  longitude: string | null;
  rooms: Room[];
  createdAt: Seconds;
  updatedAt: Seconds;
}

/** A room with its current contract. */
export interface Room {
  id: number;
  building: Building;
  number: string;
  floor: number;
  rent: number;
  condoFee: number;
  /** 1 usable, 4 living room, 6 not usable */
  status: number;
  holder: Contract | null;
  updatedAt: Seconds;
}

/** The kind of value in a tenant's nationality columns. */
export type NationalityKind = "named" | "placeholder" | "missing" | "typed" | "negative";

/** A person or company; other values are derived from the id. */
export interface Tenant {
  id: number;
  createdAt: Seconds;
  updatedAt: Seconds;
  status: number;
  nationalityKind: NationalityKind;
  isCorporate: boolean;
  contractType: number | null;
  affiliationStatus: number | null;
  agreementType: number | null;
  isTransferred: number | null;
  isRenewalNg: number | null;
  isUnpaid: number | null;
  renewalPriority: number | null;
  reasonMoveout: number | null;
  firstMovein: Day | null;
  contracts: Contract[];
  current: Contract | null;
  underContract: Contract | null;
  inquiryId: number | null;
  /** How often the name was corrected. */
  nameRevision: number;
  /** While the tenant is missing from the dump: the business date on which it returns. */
  returnsOn?: Day;
  isDeleted?: boolean;
}

/** A contract: a row of movings. */
export interface Contract {
  id: number;
  tenant: Tenant;
  room: Room;
  decidedAt: Seconds | null;
  movein: Day | null;
  originalMovein: Day | null;
  noticeOn: Day | null;
  /** Actual or planned move-out. */
  plannedMoveout: Day | null;
  lastRentDay: Day | null;
  isRenewal: number | null;
  isCancelled: number | null;
  isMoveout: number | null;
  /** Agreed term in months; null for an open end. */
  months: number | null;
  createdAt: Seconds;
  updatedAt: Seconds | null;
  /** First business date whose dump contains the row; tenants may refer to it earlier. */
  firstDump: Day;
  hasMoveoutRow: boolean;
  /** The original contract, if this row is a repeat. */
  repeats: Contract | null;
}

/** An inquiry of earlier years. */
export interface Inquiry {
  id: number;
  tenant: Tenant | null;
  createdAt: Seconds;
  updatedAt: Seconds;
}
