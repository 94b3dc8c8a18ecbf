import type { Day } from "../calendar.ts";
import { at, type Random } from "../random.ts";
import type { Room } from "./entities.ts";

/** Assigns rooms in order of move-in, so that stays in a room do not overlap while rooms are available. */
export class RoomPool {
  readonly #all: readonly Room[];
  readonly #free: Room[];
  /** Binary heap by the day from which the room is free. */
  readonly #busy: { room: Room; freeFrom: Day }[] = [];

  constructor(rooms: readonly Room[]) {
    this.#all = rooms;
    this.#free = [...rooms];
  }

  /** A random room that is free on the day; any room if none is free. Calls must be in order of `from`. */
  take(from: Day, until: Day, random: Random): Room {
    for (let first = this.#busy[0]; first !== undefined && first.freeFrom <= from; first = this.#busy[0]) {
      this.#free.push(first.room);
      this.#removeFirst();
    }
    if (this.#free.length === 0) return random.pick(this.#all);
    const index = random.int(0, this.#free.length - 1);
    const room = at(this.#free, index);
    this.#free[index] = at(this.#free, this.#free.length - 1);
    this.#free.pop();
    this.#add({ room, freeFrom: until + 1 });
    return room;
  }

  #add(entry: { room: Room; freeFrom: Day }): void {
    this.#busy.push(entry);
    for (let index = this.#busy.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (at(this.#busy, parent).freeFrom <= at(this.#busy, index).freeFrom) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #removeFirst(): void {
    this.#swap(0, this.#busy.length - 1);
    this.#busy.pop();
    for (let index = 0; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (left < this.#busy.length && at(this.#busy, left).freeFrom < at(this.#busy, least).freeFrom) least = left;
      if (right < this.#busy.length && at(this.#busy, right).freeFrom < at(this.#busy, least).freeFrom) least = right;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(one: number, other: number): void {
    const kept = at(this.#busy, one);
    this.#busy[one] = at(this.#busy, other);
    this.#busy[other] = kept;
  }
}
