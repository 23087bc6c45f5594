/**
 * The lane, from 0 up to but not including `lanes`, that events about `subject` go through: the same for the same text, in
 * every process. Subjects spread evenly, numbers that count upwards too: the upper half of the hash is folded into the lower
 * one, as the authors of FNV advise for small ranges, because the lowest bit alone is the parity of the text.
 */
export function laneOf(subject: string, lanes: number): number {
  const hash = fnv1a(subject);
  return ((hash >>> 16) ^ (hash & 0xffff)) % lanes;
}

/**
 * The 32-bit FNV-1a hash of a text's UTF-16 code units, from 0 up; of an ASCII text that is the hash of its bytes. By Glenn
 * Fowler, Landon Curt Noll and Phong Vo (http://www.isthe.com/chongo/tech/comp/fnv/). Nothing for secrets.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
