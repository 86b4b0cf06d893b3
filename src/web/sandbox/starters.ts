/** Events that begin a sequence, or that end one well; what the product would send on `/v1/events`. */
export interface Starter {
  readonly id: string;
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export const starters: readonly Starter[] = [
  { id: 'welcome', event: 'Lead Created', properties: {} },
  { id: 'nurturing', event: 'Subscription Started', properties: { plan: 290, subscriptionId: 'sub-290' } },
  { id: 'upsell', event: 'Upsell Interest', properties: {} },
  { id: 'login', event: 'App Logged In', properties: {} },
  { id: 'call', event: 'Call Booked', properties: {} },
  { id: 'plan390', event: 'Subscription Started', properties: { plan: 390, subscriptionId: 'sub-390' } },
  { id: 'cancelled', event: 'Subscription Cancelled', properties: {} },
];
