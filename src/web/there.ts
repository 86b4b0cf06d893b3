const minuteMs = 60_000;

/** What the wall clock of a zone shows at an instant, as if it were UTC. */
function wallOf(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
}

/** The instant at which the wall clock of a zone shows that; twice, because the way there may cross a change of hour. */
function instantOf(wall: number, zone: string): number {
  const offset = (at: number): number => wallOf(at, zone) - Math.floor(at / minuteMs) * minuteMs;
  const near = wall - offset(wall);
  return wall - offset(near);
}

/** So many days from now, at that hour where the artist is. */
export function thereAt(now: number, zone: string, days: number, hour: number): Date {
  const wall = new Date(wallOf(now, zone));
  return new Date(
    instantOf(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + days, hour), zone),
  );
}

/** For a field of day and hour: what the artist's clock shows. */
export const toWall = (at: number, zone: string): string =>
  new Date(wallOf(at, zone)).toISOString().slice(0, 16);

/** The instant of what was entered in such a field, or null. */
export function fromWall(entered: string, zone: string): Date | null {
  const wall = Date.parse(`${entered}Z`);
  return Number.isNaN(wall) ? null : new Date(instantOf(wall, zone));
}

/** Days until the coming Monday, where the artist is. */
export const daysToMonday = (now: number, zone: string): number =>
  (8 - new Date(wallOf(now, zone)).getUTCDay()) % 7 || 7;
