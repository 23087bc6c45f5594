import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes } from './instant.ts';
import { type FoundOutage, type KnownOutage, matchOutages } from './match-outages.ts';

const START = Date.UTC(2026, 10, 23, 10) * 1000;

/** Meters 0 to 31 below a breaker, 0 to 15 below its first fuse, 0 to 7 below the first transformer of that. */
const BREAKER = [0, 32] as const;
const FUSE = [0, 16] as const;
const TRANSFORMER = [0, 8] as const;
const SECOND_TRANSFORMER = [8, 16] as const;

type Extent = readonly [from: number, to: number];

function found([from, to]: Extent, startMinute = 0, endMinute: number | null = null): FoundOutage {
  return {
    id: `${from}-${to}-${startMinute}`,
    from,
    to,
    isService: to - from === 1,
    startedAt: START + minutes(startMinute),
    endedAt: endMinute === null ? null : START + minutes(endMinute),
  };
}

function known(
  id: string,
  extent: Extent,
  standing: KnownOutage['standing'] = 'open',
  startMinute = 0,
  endMinute: number | null = null,
): KnownOutage {
  return { ...found(extent, startMinute, endMinute), id, standing };
}

/** Tells a matching in words: `new`, or the id that a found outage is; who replaces whom; who is withdrawn. */
function match(knownOutages: readonly KnownOutage[], foundOutages: readonly FoundOutage[]) {
  const { standing, replaced, withdrawn } = matchOutages(knownOutages, foundOutages);
  const nameOf = (one: FoundOutage) => standing.find((match) => match.found === one)?.known?.id ?? 'new';
  return {
    standing: standing.map(({ known: one }) => one?.id ?? 'new'),
    replaced: replaced.map(({ known: one, by }) => `${one.id} by ${nameOf(by)}`),
    withdrawn: withdrawn.map(({ id }) => id),
  };
}

describe('an outage that is found', () => {
  it('is a new one where none is known', () => {
    expect(match([], [found(FUSE)])).toEqual({ standing: ['new'], replaced: [], withdrawn: [] });
  });

  it('is the known one of the same meters, also when its start moves by a minute', () => {
    expect(match([known('F1', FUSE, 'open', 1)], [found(FUSE)]).standing).toEqual(['F1']);
  });

  it('is another one where the device was restored long before', () => {
    const { standing, withdrawn } = match(
      [known('F1', FUSE, 'ended', 0, 10)],
      [found(FUSE, 0, 10), found(FUSE, 60)],
    );
    expect(standing).toEqual(['F1', 'new']);
    expect(withdrawn).toEqual([]);
  });

  it('keeps its number when a late message tells of one before it', () => {
    const matching = match([known('second', FUSE, 'open', 2)], [found(FUSE, 0, 1), found(FUSE, 2)]);
    expect(matching.standing).toEqual(['new', 'second']);
  });

  it('takes the place of those below when it moves up', () => {
    const below = [known('T1', TRANSFORMER), known('T2', SECOND_TRANSFORMER)];
    expect(match(below, [found(FUSE)])).toEqual({
      standing: ['new'],
      replaced: ['T1 by new', 'T2 by new'],
      withdrawn: [],
    });
  });

  it('splits into those below when it moves down, and the largest takes its place', () => {
    const { standing, replaced } = match([known('CB', BREAKER)], [found(TRANSFORMER), found([16, 32])]);
    expect(standing).toEqual(['new', 'new']);
    expect(replaced).toHaveLength(1);
  });

  it('stands again under its own id where evidence had taken it back', () => {
    expect(match([known('F1', FUSE, 'withdrawn')], [found(FUSE)]).standing).toEqual(['F1']);
    expect(match([known('F1', FUSE, 'replaced')], [found(FUSE)]).standing).toEqual(['F1']);
  });
});

describe('a known outage', () => {
  it('is withdrawn when nothing explains it any more', () => {
    expect(match([known('T1', TRANSFORMER)], []).withdrawn).toEqual(['T1']);
  });

  it('is not withdrawn for one that is over before it began', () => {
    const matching = match([known('T1', TRANSFORMER, 'open', 60)], [found(FUSE, 0, 10)]);
    expect(matching).toMatchObject({ replaced: [], withdrawn: ['T1'] });
  });

  it('keeps the device that an operator confirmed, and what is found below it tells of it', () => {
    const lock = known('F1', FUSE, 'locked');
    expect(match([lock], [found(TRANSFORMER), found(SECOND_TRANSFORMER)])).toEqual({
      standing: ['F1'],
      replaced: [],
      withdrawn: [],
    });
    expect(match([lock], [found(FUSE, 0, 30)]).standing).toEqual(['F1']);
    expect(match([lock], [])).toEqual({ standing: [], replaced: [], withdrawn: [] });
    expect(match([lock], [found(BREAKER)])).toEqual({ standing: ['new'], replaced: [], withdrawn: [] });
  });

  it('stays dismissed when an operator said that it is none', () => {
    expect(match([known('F1', FUSE, 'dismissed')], [found(FUSE)])).toEqual({
      standing: [],
      replaced: [],
      withdrawn: [],
    });
  });
});

describe('matching', () => {
  const extent = fc.constantFrom<Extent>(BREAKER, FUSE, TRANSFORMER, SECOND_TRANSFORMER, [16, 32], [3, 4]);
  const anyFound = fc
    .tuple(extent, fc.integer({ min: 0, max: 30 }), fc.option(fc.integer({ min: 1, max: 30 })))
    .map(([place, start, length]) => found(place, start, length === null ? null : start + length));
  const anyKnown = fc
    .tuple(
      anyFound,
      fc.constantFrom<KnownOutage['standing']>(
        'open',
        'ended',
        'locked',
        'dismissed',
        'replaced',
        'withdrawn',
      ),
      fc.uuid(),
    )
    .map(([one, standing, id]): KnownOutage => ({ ...one, standing, id }));

  it('gives each known outage one fate at most, and never touches what an operator decided', () => {
    fc.assert(
      fc.property(
        fc.array(anyKnown, { maxLength: 8 }),
        fc.array(anyFound, { maxLength: 8 }),
        (rows, outages) => {
          const { standing, replaced, withdrawn } = matchOutages(rows, outages);
          const fates = [
            ...standing.flatMap(({ known: one }) => (one === null ? [] : [one])),
            ...replaced.map(({ known: one }) => one),
            ...withdrawn,
          ];
          expect(new Set(fates).size).toBe(fates.length);
          for (const one of [...replaced.map((match) => match.known), ...withdrawn])
            expect(['open', 'ended']).toContain(one.standing);
          for (const { known: one } of standing) expect(one?.standing).not.toBe('dismissed');
          for (const { by } of replaced) expect(standing.map((match) => match.found)).toContain(by);
          for (const one of rows.filter(({ standing: word }) => word === 'open' || word === 'ended'))
            expect(fates).toContain(one);
        },
      ),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(anyFound, { maxLength: 6 }), (outages) => {
        const rows = matchOutages([], outages).standing.map(
          ({ found: one }, i): KnownOutage => ({
            ...one,
            id: String(i),
            standing: one.endedAt === null ? 'open' : 'ended',
          }),
        );
        const again = matchOutages(rows, outages);
        expect(again.standing.map(({ known: one }) => one?.id)).toEqual(rows.map(({ id }) => id));
        expect([again.replaced, again.withdrawn]).toEqual([[], []]);
      }),
    );
  });
});
