import { atLocal, dayText, localDayOf, localText, utcText, type Day, type Seconds } from "../calendar.ts";
import { Random } from "../random.ts";
import type { Cell, Column } from "../schema/column.ts";
import type { FillerOptions } from "../schema/filler-options.ts";
import { companies, salt } from "../words/people.ts";
import { lines, stations } from "../words/places.ts";
import type { World } from "../world/world.ts";
import { dirtyDate, dirtyText } from "./dirt.ts";

/** The row for which cells are generated. */
export interface FillerRow {
  id: number;
  createdAt: Seconds;
  createdOn: Day;
}

/** Generates a cell that is plausible for the column's name and type, with its share of NULL and dirty values. */
export type FillerCell = (random: Random, row: FillerRow) => Cell;

const kanaNames = ["サトウ ハナコ", "タナカ タロウ", "グエン アン", "アウン チョー", "オウ イ", "キム ミンジュン"];
const words = [
  "通常",
  "口座振替",
  "銀行振込",
  "カード",
  "現金",
  "初期費用",
  "家賃",
  "共益費",
  "退去精算",
  "光熱費",
  "更新料",
  "保証料",
  "調整",
  "返金",
  "相殺",
];

/** The day and instant at which a generated row was created. */
export function fillerRow(id: number, createdAt: Seconds): FillerRow {
  return { id, createdAt, createdOn: localDayOf(createdAt) };
}

/** Number of different texts for a table's notes. */
const NOTES = 1_000;

function noteCell(world: World, length: number): FillerCell {
  const random = new Random(world.seed, `notes ${length}`);
  const notes = Array.from({ length: NOTES }, () => {
    const least = random.int(4, 2 * length);
    let text = random.pick(salt);
    while (text.length < least) text += ` ${random.pick(random.chance(0.4) ? salt : words)}`;
    return text;
  });
  return (row) => row.pick(notes);
}

function jsonText(random: Random, row: FillerRow): string {
  const before = random.int(0, 17);
  const memo = random.chance(0.15) ? JSON.stringify(random.pick(salt)) : "null";
  // as MySQL prints JSON: a space after each colon and comma
  return `{"at": "${localText(row.createdAt)}", "by": "staff ${random.int(1, 60)}", "memo": ${memo}, "rent": ${random.int(30, 120)}000, "status": [${before}, ${random.int(0, 17)}]}`;
}

function bytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.int(0, 255));
}

function lengthOf(type: string): number {
  return Number(/\((\d+)/.exec(type)?.[1] ?? 191);
}

/** Text cut to the column's length, between characters. */
function fitting(text: string, length: number): string {
  return text.length <= length ? text : [...text].slice(0, Math.floor(length / 2)).join("");
}

function textCell(name: string, length: number): FillerCell {
  const fit =
    (make: (random: Random, row: FillerRow) => string): FillerCell =>
    (random, row) =>
      dirtyText(fitting(make(random, row), length - 1), random);
  if (/kana/.test(name)) return fit((random) => random.pick(kanaNames));
  if (/(company|corporate|supplier|payee|bank|agent|branch|provider|section)/.test(name))
    return fit((random) => random.pick(companies));
  if (/station/.test(name)) return fit((random) => random.pick(stations));
  if (/line_\d/.test(name)) return fit((random) => random.pick(lines));
  if (/(zip)/.test(name)) return fit((random) => `1${random.int(10, 99)}-${random.int(1_000, 9_999)}`);
  if (/(tel|fax)/.test(name)) return fit((random) => `03-${random.int(1_000, 9_999)}-${random.int(1_000, 9_999)}`);
  if (/(mail)/.test(name)) return fit((random) => `user${random.int(1, 99_999)}@example.com`);
  if (/(path|url)/.test(name)) return fit((random, row) => `/files/${row.id}/${random.int(1, 9)}.jpg`);
  if (/(time)$/.test(name)) return fit((random) => `${random.int(9, 19)}:${random.pick(["00", "30"])}`);
  if (/(number|code|no|_key|token|ssid|uuid)$/.test(name))
    return fit((random) => `${random.int(100_000, 999_999)}${random.int(1_000, 9_999)}`);
  if (/(address)/.test(name))
    return fit((random) => `東京都新宿区大久保${random.int(1, 5)}-${random.int(1, 30)}-${random.int(1, 20)}`);
  return fit((random) => (random.chance(0.1) ? random.pick(salt) : random.pick(words)));
}

function numberCell(name: string, world: World): FillerCell {
  const { tenants, contracts, buildings, rooms } = world;
  const pickId =
    (list: readonly { id: number }[], count: number): FillerCell =>
    (random) =>
      list[random.int(0, count - 1)]?.id ?? 1;
  // rows of growing tables must not depend on the current number of tenants
  if (name === "tenant_id" || name.endsWith("_tenant_id")) return pickId(tenants, world.firstCounts.tenants);
  if (name === "moving_id" || name.endsWith("_moving_id")) return pickId(contracts, world.firstCounts.contracts);
  if (name === "apartment_id" || name.endsWith("_apartment_id")) return pickId(buildings, buildings.length);
  if (name === "room_id") return pickId(rooms, rooms.length);
  if (/(staff|user|approver|_by|operator)/.test(name)) return (random) => random.int(1, 60);
  if (name.endsWith("_id")) return (random, row) => 1 + Math.floor(row.id * random.unit());
  if (/(year)$/.test(name)) return (_random, row) => Number(dayText(row.createdOn).slice(0, 4));
  if (/(month|day)$/.test(name)) return (random) => random.int(1, 12);
  if (/(minutes|count|floor|order|months|level|days)/.test(name)) return (random) => random.int(1, 20);
  return (random) => random.int(0, 9);
}

function cellOfType(column: Column, world: World, options: FillerOptions): FillerCell {
  const { name, type } = column;
  if (type.startsWith("decimal") && !type.endsWith(",0)"))
    return (random) => (random.int(100, 99_999) / 100).toFixed(2);
  if (type.startsWith("decimal"))
    return (random) => (random.chance(0.03) ? 0 : random.int(1, 120) * (random.chance(0.8) ? 1_000 : 137));
  if (type.startsWith("double")) return (random) => random.int(1, 99_999) / 8;
  if (type.startsWith("tinyint(1)")) return (random) => (random.chance(0.15) ? 1 : 0);
  if (type.startsWith("bigint"))
    return (random) => `${random.int(1, 9_000_000)}${String(random.int(0, 999_999_999)).padStart(9, "0")}`;
  if (type.startsWith("int") || type.startsWith("tinyint")) return numberCell(name, world);
  if (type === "date") {
    const far = options.farDate;
    return (random, row) =>
      far !== undefined && (row.id < 6 || random.chance(0.00005))
        ? far
        : dirtyDate(row.createdOn + random.int(-40, 60), random);
  }
  if (type === "datetime") return (random, row) => localText(row.createdAt + random.int(0, 86_400));
  if (type.startsWith("timestamp")) return (random, row) => utcText(row.createdAt + random.int(0, 300));
  if (type === "json") return jsonText;
  if (type.startsWith("text")) return noteCell(world, options.noteLength ?? 20);
  if (type.startsWith("mediumblob")) return (random) => bytes(random, random.int(40, 400));
  if (type.startsWith("binary")) return (random) => bytes(random, lengthOf(type));
  if (type.startsWith("bit")) return (random) => Uint8Array.of(random.int(0, 1));
  if (type.startsWith("enum")) {
    const values = [...type.matchAll(/'([^']*)'/g)].map(([, value]) => value ?? "");
    return (random) => random.pick(values);
  }
  return textCell(name, lengthOf(type));
}

/** Returns the generator for a column's cells. */
export function fillerCell(column: Column, world: World, options: FillerOptions = {}): FillerCell {
  const { name } = column;
  if (name === "id") return (_random, row) => row.id;
  if (name === "created_at") return (_random, row) => utcText(row.createdAt);
  if (name === "updated_at") {
    const latest = atLocal(world.firstDay, 0) - 60;
    return (random, row) => {
      const later = random.chance(0.6) ? 0 : random.int(1, 86_400 * 40);
      return utcText(later === 0 || row.createdAt > latest ? row.createdAt : Math.min(latest, row.createdAt + later));
    };
  }
  const cell = cellOfType(column, world, options);
  if (!column.isNullable) return (random, row) => cell(random, row) ?? "";
  const nullShare = name === "deleted_at" ? 0.97 : (options.nullShare ?? 0.25);
  return (random, row) => (random.chance(nullShare) ? null : cell(random, row));
}
