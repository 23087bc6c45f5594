/** What an outage is said of: a device by its index in the network, or one meter's service by the meter's position. */
export type OutageTarget =
  | { readonly kind: 'device'; readonly device: number }
  | { readonly kind: 'service'; readonly meter: number };
