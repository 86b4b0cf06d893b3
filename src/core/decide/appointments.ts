import type { AppointmentChange, World } from '../decide.ts';
import type { TrackedEvent } from '../flow/event.ts';
import { idFrom } from '../id.ts';
import { moveRun } from './advance.ts';
import { openRuns, setContact, type Scene } from './scene.ts';

/**
 * `Appointment Booked`, `Moved` and `Cancelled` write the book of appointments, and the date that texts print. What is said of
 * one by its hour ends with that hour.
 */
export function keepAppointment(scene: Scene, event: TrackedEvent): void {
  if (event.name === 'Appointment Booked' || event.name === 'Appointment Moved') book(scene, event);
  if (event.name === 'Appointment Cancelled') cancel(scene, event);
}

/** The same id again is the same appointment at another time. */
function book(scene: Scene, { properties }: TrackedEvent): void {
  const at = instantOf(properties['at']);
  if (!at) return;
  const { appointmentId, kind, coachId } = properties;
  const id = idOf(scene, appointmentId ?? at.toISOString());
  const before = scene.appointments.find((one) => one.id === id);
  if (before && before.at.getTime() !== at.getTime()) endReminders(scene, before.at, 'appointment_moved');
  change(scene, {
    id,
    at,
    kind: typeof kind === 'string' ? kind : 'coaching',
    state: 'booked',
    coachId: typeof coachId === 'string' ? coachId : (scene.contact.coachId ?? null),
  });
}

/** The one it names; the next one where it names none. */
function cancel(scene: Scene, { properties }: TrackedEvent): void {
  const named = properties['appointmentId'];
  const id = named === undefined ? null : idOf(scene, named);
  const found = toCome(scene.appointments, scene.moment.now).find((one) => id === null || one.id === id);
  if (!found) return;
  endReminders(scene, found.at, 'appointment_cancelled');
  change(scene, { ...found, state: 'cancelled' });
}

/** Runs that count from this appointment say nothing more; those of its new hour begin with the event itself. */
function endReminders(scene: Scene, at: Date, reason: string): void {
  for (const run of openRuns(scene))
    if (run.isAnchored && run.anchorAt.getTime() === at.getTime())
      moveRun(scene, run.id, { type: 'closed', reason });
}

function change(scene: Scene, appointment: AppointmentChange): void {
  const others = scene.appointments.filter(({ id }) => id !== appointment.id);
  scene.appointmentSet.push(appointment);
  scene.appointments = (appointment.state === 'booked' ? [...others, appointment] : others).toSorted(
    (one, other) => one.at.getTime() - other.at.getTime(),
  );
  const [next] = toCome(scene.appointments, scene.moment.now);
  setContact(scene, { 'traits.appointment': next ? { at: next.at.toISOString() } : null });
}

/** Appointments that have not begun, the next one first. */
export const toCome = (appointments: World['appointments'], now: Date): World['appointments'] =>
  appointments.filter(({ at }) => at > now);

const idOf = (scene: Scene, named: unknown): string => idFrom('appointment', scene.contact.id, String(named));

function instantOf(value: unknown): Date | null {
  const at = typeof value === 'string' ? new Date(value) : null;
  return at && !Number.isNaN(at.getTime()) ? at : null;
}
