/** Every number that a provider's health is judged by. */
export interface ProviderPolicy {
  readonly learnDays: number;
  readonly byHourFromDays: number;
  readonly fewestHours: number;
  readonly usualQuantile: number;
  readonly shortestSilenceSeconds: number;
  readonly silenceFactor: number;
  readonly heardMinutes: number;
  readonly fewestDelays: number;
  readonly shortestLagSeconds: number;
  readonly lagFactor: number;
  readonly aheadSeconds: number;
  readonly fewestMessages: number;
  readonly fewestForDuplicates: number;
  readonly duplicateShare: number;
  readonly rejectShare: number;
  readonly shareAboveUsual: number;
  readonly forgetHours: number;
}

/** The start policy. */
export const defaultProviderPolicy: ProviderPolicy = {
  // Days of its own past that a provider is compared with: four weeks hold each weekday four times.
  learnDays: 28,
  // Days from which on only the same hour of the day, and those beside it, are compared: calls sleep at night, meters do not.
  byHourFromDays: 7,
  // Hours below which nothing is called usual.
  fewestHours: 24,
  // Share of the comparable hours that count as usual; the worst twentieth may be failures that nobody noted.
  usualQuantile: 0.95,
  // Seconds of silence that are never too long: a restart or a deployment takes as much.
  shortestSilenceSeconds: 600,
  // Times its usual longest silence from which on it is silent.
  silenceFactor: 2,
  // Different minutes in which it must be heard again before its silence is over: one message may be a test.
  heardMinutes: 3,
  // Pieces of evidence below which a median says nothing.
  fewestDelays: 20,
  // Seconds that a median delay may always have: gasps wait for 45 s of zero volts, and head-ends collect for minutes.
  shortestLagSeconds: 300,
  // Times its usual median delay from which on it is late.
  lagFactor: 3,
  // Seconds by which the median may lie before the receipt: beyond, its clock is wrong. The margin of skew that evidence has.
  aheadSeconds: 120,
  // Messages below which a share of rejects says nothing.
  fewestMessages: 20,
  // Messages below which a share of duplicates says nothing: a sender that was told to come again sends some twice.
  fewestForDuplicates: 50,
  // Share of duplicates that is never too many: what comes over HTTP and Kafka alike is doubled.
  duplicateShare: 0.5,
  // Share of rejects that is never too many: one broken device among many is not the provider.
  rejectShare: 0.3,
  // Share by which the usual one must be passed, 0 to 1.
  shareAboveUsual: 0.25,
  // Hours after which what was found is ended where too little comes to tell: the next news will show.
  forgetHours: 24,
};
