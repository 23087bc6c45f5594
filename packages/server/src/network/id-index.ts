/** Slots per id: open addressing stays at two probes on average below this load. */
const MAX_LOAD = 0.5;

/**
 * Numbers ids in the order in which they come, exactly and outside the JavaScript heap: about 40 bytes an id
 * of 20 characters, where a `Map` of strings takes 100 and keeps alive the text that they were cut from.
 */
export class IdIndex {
  #arena = Buffer.allocUnsafe(65_536);
  #ends = new Uint32Array(1_024);
  #hashes = new Int32Array(1_024);
  #slots = new Int32Array(4_096);
  #size = 0;
  #scratch = Buffer.allocUnsafe(1_024);

  /** How many different ids were added. */
  get size(): number {
    return this.#size;
  }

  /** The number of `id`, which is `size` before the call where the id is new. */
  add(id: string): number {
    const length = this.#encode(id);
    const hash = hashOf(this.#scratch, length);
    const slot = this.#find(hash, length);
    const found = this.#slots[slot]!;
    if (found > 0) return found - 1;

    const number = this.#size;
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    if (start + length > this.#arena.length) {
      const arena = Buffer.allocUnsafe(Math.max(this.#arena.length * 2, start + length));
      this.#arena.copy(arena, 0, 0, start);
      this.#arena = arena;
    }
    if (number === this.#ends.length) {
      this.#ends = grown(this.#ends, new Uint32Array(number * 2));
      this.#hashes = grown(this.#hashes, new Int32Array(number * 2));
    }
    this.#scratch.copy(this.#arena, start, 0, length);
    this.#ends[number] = start + length;
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    this.#size += 1;
    if (this.#size > this.#slots.length * MAX_LOAD) this.#rehash();
    return number;
  }

  /** The number of `id`, or -1 where it was never added. */
  numberOf(id: string): number {
    const length = this.#encode(id);
    return this.#slots[this.#find(hashOf(this.#scratch, length), length)]! - 1;
  }

  #encode(id: string): number {
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    if (id.length * 3 > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(id.length * 3);
    return this.#scratch.write(id, 'utf8');
  }

  #find(hash: number, length: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot]! - 1;
      if (number < 0) return slot;
      if (this.#hashes[number] !== hash) continue;
      const start = number === 0 ? 0 : this.#ends[number - 1]!;
      const end = this.#ends[number]!;
      if (end - start === length && this.#arena.compare(this.#scratch, 0, length, start, end) === 0)
        return slot;
    }
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number += 1) {
      let slot = this.#hashes[number]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

function grown<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** FNV-1a with a last mixing step, since ids that count upwards differ only in their last bytes. */
function hashOf(bytes: Buffer, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
