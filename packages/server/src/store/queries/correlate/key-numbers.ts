/** How full the table may be: open addressing stays at two probes on average below this. */
const MAX_LOAD = 0.5;

/** Numbers keys from 0 in the order in which they come; 24 bytes a key at most, where a `Map` takes 60 of the heap. */
export class KeyNumbers {
  #keys = new Float64Array(1_024).fill(Number.NaN);
  #numbers = new Int32Array(1_024);
  #size = 0;

  /** How many different keys came. */
  get size(): number {
    return this.#size;
  }

  /** The number of a key, which is any number but NaN; the next one where it is new. */
  of(key: number): number {
    const slot = this.#find(key);
    if (!Number.isNaN(this.#keys[slot])) return this.#numbers[slot] as number;
    this.#keys[slot] = key;
    this.#numbers[slot] = this.#size++;
    if (this.#size > this.#keys.length * MAX_LOAD) this.#grow();
    return this.#size - 1;
  }

  #find(key: number): number {
    const mask = this.#keys.length - 1;
    // Both halves of the key, mixed as MurmurHash3 ends: keys that count upwards in steps differ in few bits.
    let mixed = (key | 0) ^ Math.imul((key / 0x1_0000_0000) | 0, 0x9e37_79b1);
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    for (let slot = (mixed ^ (mixed >>> 16)) & mask; ; slot = (slot + 1) & mask) {
      const there = this.#keys[slot] as number;
      if (there === key || Number.isNaN(there)) return slot;
    }
  }

  #grow(): void {
    const [keys, numbers] = [this.#keys, this.#numbers];
    this.#keys = new Float64Array(keys.length * 2).fill(Number.NaN);
    this.#numbers = new Int32Array(keys.length * 2);
    for (const [at, key] of keys.entries()) {
      if (Number.isNaN(key)) continue;
      const slot = this.#find(key);
      this.#keys[slot] = key;
      this.#numbers[slot] = numbers[at] as number;
    }
  }
}
