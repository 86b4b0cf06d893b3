const kilo = 1024;

/** "20 Mo", "1,4 MB", "312 ko": bytes as the coach's language writes them. */
export function fileSize(bytes: number, language: string): string {
  const isLarge = bytes >= kilo * kilo;
  const value = Math.max(isLarge ? 0.1 : 1, bytes / (isLarge ? kilo * kilo : kilo));
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: isLarge ? 'megabyte' : 'kilobyte',
    maximumFractionDigits: isLarge && value < 10 ? 1 : 0,
  }).format(value);
}
