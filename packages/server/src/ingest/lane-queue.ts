import { PROVIDERS, type Provider } from '@lastgasp/model';

/** What a lane writes in one transaction: events of one provider, in the order of arrival. */
export interface LaneBatch<Event> {
  readonly provider: Provider;
  readonly events: readonly Event[];
}

/** The events that wait for one lane: a list for each provider, of which the lane takes batches in turns. */
export class LaneQueue<Event> {
  readonly #waiting: Readonly<Record<Provider, Event[]>> = {
    scada: [],
    onu: [],
    kaifa: [],
    'call-center': [],
  };
  #nextProvider = 0;

  add(provider: Provider, event: Event): void {
    this.#waiting[provider].push(event);
  }

  /** Takes the events of the provider whose turn it is, `maxBatch` at most; null where none waits of any. */
  take(maxBatch: number): LaneBatch<Event> | null {
    for (let turn = 0; turn < PROVIDERS.length; turn++) {
      const provider = PROVIDERS[(this.#nextProvider + turn) % PROVIDERS.length] as Provider;
      const events = this.#waiting[provider].splice(0, maxBatch);
      if (events.length === 0) continue;
      this.#nextProvider = (this.#nextProvider + turn + 1) % PROVIDERS.length;
      return { provider, events };
    }
    return null;
  }
}
