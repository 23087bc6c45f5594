import { readFile } from 'node:fs/promises';
import { defaultPolicy, overridePolicy, type Policy } from '@lastgasp/engine';

/** A policy file that cannot be used; the message names the file and every fault. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError';
}

/**
 * The numbers that outages are judged by: the start policy, with what the file of `LASTGASP_POLICY` names replaced. Throws
 * `PolicyFileError`.
 */
export async function readPolicy(file: string | null): Promise<Policy> {
  if (file === null) return defaultPolicy;
  let overrides: unknown;
  try {
    overrides = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new PolicyFileError(`LASTGASP_POLICY: ${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  const policy = overridePolicy(defaultPolicy, overrides);
  if (policy.ok) return policy.value;
  const faults = policy.error.map(({ path, reason }) => `${path} ${reason}`);
  throw new PolicyFileError(`LASTGASP_POLICY: ${file} cannot be used: ${faults.join('; ')}`);
}
