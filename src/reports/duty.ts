import type { Store } from '../store/connect.ts';
import { dutyAt, firstHours, type TeamHours } from '../store/duty.ts';

/** Who is on duty and until when, for the window's header. */
export async function readDuty(store: Store, now: Date) {
  const [coaches, hours] = await Promise.all([
    store.coaches
      .find({ leftAt: null, status: { $ne: 'invited' } }, { projection: { name: 1, status: 1, beatAt: 1 } })
      .toArray(),
    store.settings.findOne({ _id: 'hours' }),
  ]);
  const duty = dutyAt(
    (hours?.value as TeamHours | undefined) ?? firstHours,
    coaches.map((coach) => ({ ...coach, openThreads: 0 })),
    now,
  );
  return {
    ...duty,
    coaches: coaches.map(({ _id, name, status }) => ({
      id: _id,
      name,
      status: status === 'available' || status === 'away' ? status : 'off',
    })),
  };
}
