/**
 * How much a test of a rule tries: `usual`, or `long` where `LASTGASP_TEST_LONG` is 1, as before a change goes in. One that finds
 * nothing in a usual run is only more certain after a long one.
 */
export function runs({ usual, long }: { readonly usual: number; readonly long: number }): number {
  return process.env.LASTGASP_TEST_LONG === '1' ? long : usual;
}
