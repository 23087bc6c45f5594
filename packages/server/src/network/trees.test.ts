import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findLoops, preorder } from './trees.ts';

test('every loop is found once and everything outside loops is reached once, parents first', () => {
  const parents = fc
    .integer({ min: 1, max: 40 })
    .chain((count) =>
      fc.array(fc.integer({ min: -1, max: count - 1 }), { minLength: count, maxLength: count }),
    );
  fc.assert(
    fc.property(parents, (list) => {
      const links = Int32Array.from(list);
      const loops = findLoops(links);
      const onLoop = new Set(loops.flat());
      for (const node of links.keys()) {
        let at = node;
        for (let steps = 0; steps < links.length && at >= 0; steps += 1) at = links[at]!;
        // After as many steps as nodes a walk has ended at a root or is on a loop.
        expect(at >= 0).toBe(at >= 0 && onLoop.has(at));
      }
      for (const loop of loops) expect(loop.map((node) => links[node])).toEqual([...loop.slice(1), loop[0]]);
      for (const [loop] of loops) links[loop!] = -1;
      const order = preorder(links);
      expect([...order].sort((a, b) => a - b)).toEqual([...links.keys()]);
      const position = new Map([...order].map((node, at) => [node, at]));
      links.forEach((parent, node) => {
        if (parent >= 0) expect(position.get(parent)!).toBeLessThan(position.get(node)!);
      });
    }),
  );
});

test('a chain of two hundred thousand devices is walked without a call stack', () => {
  const chain = Int32Array.from({ length: 200_000 }, (_, node) => node - 1);
  expect(preorder(chain).length).toBe(200_000);
  chain[0] = 199_999;
  expect(findLoops(chain)[0]?.length).toBe(200_000);
});
