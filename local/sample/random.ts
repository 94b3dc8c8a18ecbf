import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

type Generator = ReturnType<typeof xoroshiro128plus>;

/** FNV-1a hash of the key, so that streams with different names are independent. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return hash;
}

/** Finalizer of MurmurHash3: similar seeds give very different start values. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Seeded random numbers: the same seed and keys give the same sequence on every machine. */
export class Random {
  readonly #seed: number;
  readonly #generator: Generator;

  constructor(seed: number, key = "") {
    this.#seed = mix(seed ^ hashOf(key));
    this.#generator = xoroshiro128plus(this.#seed);
    // the generator's first numbers show the bits of the seed
    this.#generator.next();
    this.#generator.next();
  }

  /** An independent stream for a name: numbers drawn from one stream do not change another. */
  stream(key: string): Random {
    return new Random(this.#seed, key);
  }

  /** A number in [0, 1). */
  unit(): number {
    return (this.#generator.next() >>> 0) / 0x1_0000_0000;
  }

  /** An integer from min to max, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.unit() * (max - min + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One element of the list, all equally likely. */
  pick<T>(list: readonly T[]): T {
    return at(list, Math.floor(this.unit() * list.length));
  }

  /** An integer with Poisson distribution and the given mean. */
  count(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let product = this.unit();
    let events = 0;
    while (product > limit) {
      product *= this.unit();
      events += 1;
    }
    return events;
  }

  /** A number with exponential distribution and the given mean. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  /** A number with normal distribution, mean 0, standard deviation 1. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }
}

/** The element at an index that is known to exist. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new RangeError(`index ${index} is outside a list of ${list.length}`);
  return element;
}

/** Draws from weighted values; the weights need not sum to one. */
export class Weighted<T> {
  readonly #values: T[];
  readonly #upTo: number[] = [];
  readonly #total: number;

  constructor(entries: Iterable<readonly [T, number]>) {
    const list = [...entries];
    this.#values = list.map(([value]) => value);
    let total = 0;
    for (const [, weight] of list) this.#upTo.push((total += weight));
    this.#total = total;
  }

  draw(random: Random): T {
    const point = random.unit() * this.#total;
    let low = 0;
    let high = this.#upTo.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (point < at(this.#upTo, middle)) high = middle;
      else low = middle + 1;
    }
    return at(this.#values, low);
  }
}

/** Shuffles a list in place. */
export function shuffle<T>(list: T[], random: Random): T[] {
  for (let index = list.length - 1; index > 0; index -= 1) {
    const other = random.int(0, index);
    const kept = at(list, index);
    list[index] = at(list, other);
    list[other] = kept;
  }
  return list;
}
