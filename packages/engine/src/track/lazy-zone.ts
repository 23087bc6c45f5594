import type { SharedCells } from './shared-cells.ts';
import type { Zone, ZoneNode } from './zone.ts';

/**
 * A zone whose nodes are made when something of it is asked for, which is when the first word of it comes: where two million meters
 * are quiet, nothing is held of them but their places in the network.
 */
export class LazyZone implements Zone {
  readonly from: number;
  readonly to: number;
  readonly #make: () => Zone;
  #made: Zone | null = null;

  constructor(from: number, to: number, make: () => Zone) {
    this.from = from;
    this.to = to;
    this.#make = make;
  }

  get nodes(): readonly ZoneNode[] {
    return this.#zone().nodes;
  }

  get nodeOfDevice(): ReadonlyMap<number, number> {
    return this.#zone().nodeOfDevice;
  }

  get nodeOfMeter(): Int32Array {
    return this.#zone().nodeOfMeter;
  }

  get nodeOfTerminal(): ReadonlyMap<number, number> {
    return this.#zone().nodeOfTerminal;
  }

  get cells(): SharedCells {
    return this.#zone().cells;
  }

  get openingsPerSlot(): number {
    return this.#zone().openingsPerSlot;
  }

  /** The zone itself, for whoever reads it often. */
  get whole(): Zone {
    return this.#zone();
  }

  #zone(): Zone {
    this.#made ??= this.#make();
    return this.#made;
  }
}
