import { dayText, localDayOf, utcText } from "../calendar.ts";
import { Random } from "../random.ts";
import type { Cell } from "../schema/column.ts";
import type { Building } from "../world/entities.ts";
import type { World } from "../world/world.ts";
import type { ApartmentRow } from "./core-rows.ts";
import { dirtyText, farDate } from "./dirt.ts";

const names = ["シェアハウス", "コーポ", "TOKYO HOUSE ", "ハイツ", "ゲストハウス"];

function vacancies(building: Building): number {
  return building.rooms.filter(({ status, holder }) => status === 1 && holder === null).length;
}

/** The row of a building. Counts are maintained by the source and partly stale. */
export function apartmentRow(world: World, building: Building): ApartmentRow & Record<string, Cell> {
  const random = new Random(world.seed, `apartment ${building.id}`);
  const { prefecture, municipality, index } = building;
  const place = municipality.replace(/[市区]$/, "");
  const address = `${random.int(1, 5)}-${random.int(1, 30)}-${random.int(1, 20)}`;
  const name = `${random.pick(names)}${place}${random.int(1, 40)}`;
  const opened = localDayOf(building.createdAt);
  const usable = building.rooms.filter(({ status }) => status === 1).length;
  const isStale = random.chance(0.1);
  const drift = random.int(-2, 3);
  return {
    id: building.id,
    // a few buildings have the same number as the one before
    unique_number: `J${String(1_000_000 + (index % 400 === 250 ? index - 1 : index) * 37).padStart(7, "0")}`,
    apartment_name: random.chance(0.002) ? "--" : name,
    apartment_name_en: dirtyText(
      random.chance(0.8) ? `Share House ${index + 1} "${prefecture === "東京都" ? "Tokyo" : "Kanto"}"` : null,
      random,
    ),
    apartment_name_old: dirtyText(random.chance(0.2) ? `旧${name}` : null, random),
    prefecture,
    municipality: random.chance(0.03) ? null : dirtyText(municipality, random, 0.01),
    address: dirtyText(address, random),
    full_address: dirtyText(`${prefecture}${municipality}${address}`, random),
    zip_code: dirtyText(
      `1${random.int(0, 9)}${random.int(0, 9)}-${String(random.int(0, 9_999)).padStart(4, "0")}`,
      random,
    ),
    latitude: building.latitude,
    longitude: building.longitude,
    room_count: usable,
    vacancy_room_count: isStale ? Math.max(0, vacancies(building) + drift) : vacancies(building),
    movein_count: usable - vacancies(building),
    apartment_type: random.chance(0.05) ? null : random.int(1, 4),
    building_type: random.chance(0.1) ? null : random.int(1, 6),
    status: random.chance(0.97) ? 1 : random.int(2, 9),
    completion_date: farDate(opened - random.int(500, 12_000), "2100-01-01", random, 0.003),
    handover_date: dayText(opened - random.int(20, 60)),
    open_date: dayText(opened),
    contract_start_date: dayText(opened - random.int(10, 90)),
    contract_end_date: farDate(opened + random.int(1_800, 9_000), "2100-01-01", random, 0.01),
    application_start_date: dayText(opened - random.int(10, 40)),
    created_at: utcText(building.createdAt),
    updated_at: utcText(building.updatedAt),
  };
}
