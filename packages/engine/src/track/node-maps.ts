/** The map of a node, made when it is first asked for: most nodes never are. */
export function mapAt<K, V>(maps: (Map<K, V> | undefined)[], node: number): Map<K, V> {
  const known = maps[node];
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  maps[node] = made;
  return made;
}
