/** The account of every process of the bench at the carrier's twin. */
export const account = {
  sid: `AC${'b'.repeat(32)}`,
  token: 'the bench signs with this',
  sender: '+33639980100',
} as const;

/** A phone of the range kept for fiction, and the numbers after it. */
export const phone = (number: number): string => `+${String(33_639_981_000 + number)}`;
