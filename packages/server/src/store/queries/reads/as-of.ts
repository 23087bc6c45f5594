/** Which time a question about the past is asked by: when things were learnt, or when they happened. */
export const AS_OF_TIMES = ['learnt', 'event'] as const;
export type AsOfTime = (typeof AS_OF_TIMES)[number];

/** A question about the past. */
export interface AsOf {
  readonly at: Date;
  /** `learnt`: what was believed then. `event`: what happened until then, as far as is known today. */
  readonly by: AsOfTime;
}
