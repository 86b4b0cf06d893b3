/** What a browser says it is, as people call it; null for what it does not say. */
export interface Device {
  readonly browser: string | null;
  readonly system: string | null;
}

/** The order matters: each of them also claims to be the ones below. */
const browsers = [
  ['Edg', 'Edge'],
  ['OPR', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox', 'Firefox'],
  ['FxiOS', 'Firefox'],
  ['CriOS', 'Chrome'],
  ['Chrome', 'Chrome'],
  ['Safari', 'Safari'],
] as const;
const systems = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'Mac'],
  ['CrOS', 'Chromebook'],
  ['Linux', 'Linux'],
] as const;

/** "Chrome", "Windows" of `Mozilla/5.0 (Windows NT 10.0; …) … Chrome/140 …`. */
export function deviceOf(agent: string | null): Device {
  const named = (all: readonly (readonly [mark: string, name: string])[]): string | null =>
    all.find(([mark]) => agent?.includes(mark))?.[1] ?? null;
  return { browser: named(browsers), system: named(systems) };
}
