import type { Language } from '../words.ts';

export const percent = (share: number, language: Language, digits = 0): string =>
  new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: digits }).format(share);

export const whole = (count: number, language: Language): string =>
  new Intl.NumberFormat(language).format(count);
