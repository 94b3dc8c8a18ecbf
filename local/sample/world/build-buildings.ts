import { atLocal, type Day } from "../calendar.ts";
import { at, type Random } from "../random.ts";
import { centralPlaces, farPlaces, outerPlaces, type Place } from "../words/places.ts";
import type { Building, Room } from "./entities.ts";

/** The position of a building, with dirty coordinates in the same shares at every size, spread evenly. */
function placeOf(index: number, random: Random): { place: Place; latitude: string | null; longitude: string | null } {
  // 3.6 % outside the narrower box
  const isOuter = index % 28 === 11;
  const isFar = index % 300 === 93;
  const place = random.pick(isFar ? farPlaces : isOuter ? outerPlaces : centralPlaces);
  const latitude = (place.latitude + (random.unit() - 0.5) / 100).toFixed(6);
  const longitude = (place.longitude + (random.unit() - 0.5) / 100).toFixed(6);
  if (index % 100 === 37) return { place, latitude: null, longitude: null };
  if (index % 300 === 51) return { place, latitude: "0.000000", longitude: "0.000000" };
  // swapped coordinates do not fit DECIMAL(8,6): the source, not in strict mode, stored the greatest value
  if (index % 300 === 77) return { place, latitude: "99.999999", longitude: latitude };
  // the corners of the accepted box, and a point just outside
  if (index % 300 === 15) return { place, latitude: "35.000000", longitude: "139.000000" };
  if (index % 300 === 29) return { place, latitude: "36.000000", longitude: "140.500000" };
  if (index % 300 === 111) return { place, latitude: "36.000001", longitude: "140.100000" };
  if (index % 600 === 333) return { place, latitude, longitude: null };
  return { place, latitude, longitude };
}

function roomNumber(floor: number, position: number, random: Random): string {
  const number = floor * 100 + position;
  if (random.chance(0.05)) return `${number}号室`;
  return random.chance(0.1) ? `${number}-${random.pick(["A", "B", "C", "Ｄ"])}` : String(number);
}

function statusOfRoom(random: Random): number {
  const point = random.unit();
  if (point < 56 / 16_401) return 4;
  return point < (56 + 569) / 16_401 ? 6 : 1;
}

/**
 * Builds the buildings with their rooms.
 *
 * @param today the business date: nothing is created after it
 */
export function buildBuildings(
  counts: { apartments: number; rooms: number },
  today: Day,
  random: Random,
): { buildings: Building[]; rooms: Room[] } {
  const buildings: Building[] = [];
  const rooms: Room[] = [];
  let buildingId = 0;
  let roomId = 0;
  for (let index = 0; index < counts.apartments; index += 1) {
    buildingId += random.chance(0.1) ? random.int(2, 5) : 1;
    const { place, latitude, longitude } = placeOf(index, random);
    const createdAt = atLocal(
      today - 2_959 + Math.floor((index / counts.apartments) * 2_900),
      random.int(32_400, 68_400),
    );
    const building: Building = {
      id: buildingId,
      index,
      prefecture: place.prefecture,
      municipality: place.municipality,
      latitude,
      longitude,
      rooms: [],
      createdAt,
      updatedAt: createdAt + random.int(0, 86_400 * 30),
    };
    buildings.push(building);
    const upTo = Math.round(((index + 1) * counts.rooms) / counts.apartments);
    const basicRent = random.int(30, 95) * 1_000;
    for (let position = 1; rooms.length < upTo; position += 1) {
      roomId += random.chance(0.05) ? random.int(2, 4) : 1;
      const floor = 1 + Math.floor((position - 1) / 6);
      const room: Room = {
        id: roomId,
        building,
        number: roomNumber(floor, ((position - 1) % 6) + 1, random),
        floor,
        rent: Math.min(120_000, basicRent + random.int(0, 30) * 1_000),
        condoFee: random.int(8, 20) * 1_000,
        status: statusOfRoom(random),
        holder: null,
        updatedAt: Math.min(createdAt + random.int(0, 86_400 * 900), atLocal(today - 2, 0)),
      };
      building.rooms.push(room);
      rooms.push(room);
    }
  }
  for (const building of buildings) building.updatedAt = Math.min(building.updatedAt, atLocal(today - 2, 0));
  return { buildings, rooms };
}

/** A room that can be rented. */
export function usableRooms(rooms: readonly Room[]): Room[] {
  const usable = rooms.filter(({ status }) => status === 1);
  return usable.length > 0 ? usable : [at(rooms, 0)];
}
