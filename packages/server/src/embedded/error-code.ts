/** Whether `error` carries one of `codes`: a system error's (`ENOENT`) or an SQLSTATE (`57P03`). */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  return typeof error.code === 'string' && codes.includes(error.code);
}
