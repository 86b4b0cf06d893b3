import { enterFlow, moveRun, type Hand } from './advance.ts';
import { askBare, ownPriority } from './handoff.ts';
import { cancelNode } from './question.ts';
import { nextId, openRuns, type Scene } from './scene.ts';

/** Node of flows/reception.yaml that asks for a person. */
const personNode = 'person';

/**
 * Asks for a person where no run hears (conversation.md §3): by the `human` choice of the open question if it has one,
 * else by a run of `reception` of its own, keyed by the handoff.
 */
export function callPerson(scene: Scene, hand: Hand): void {
  const handoffId = nextId(scene, 'handoff');
  const reception = scene.loaded.library.published.find((flow) => flow.id === 'reception');
  if (!reception)
    return askBare(scene, handoffId, { ...hand, priority: hand.priority ?? ownPriority(scene) });
  const open = openRuns(scene).find((run) => run.flow === 'reception' && run.handoff !== null);
  const runId = open?.id ?? enterFlow(scene, reception, handoffId, null);
  moveRun(scene, runId, { type: 'jumped', to: personNode }, hand);
}

/** Node of flows/reception.yaml that ends a VIP's conversation. */
const closeNode = 'close';

/** A person has closed what they talked about with a VIP: what it was worth, and the way to open it again (lifecycle.md §4). */
export function closeForVip(scene: Scene): void {
  const reception = scene.loaded.library.published.find((flow) => flow.id === 'reception');
  if (!reception?.nodes[closeNode]) return;
  const runId = enterFlow(scene, reception, nextId(scene, 'close'), null);
  moveRun(scene, runId, { type: 'jumped', to: closeNode });
}

/** "Annule mon rdv", "on peut décaler l'appel ?", while one is booked: done, or the page to choose another hour. */
export function changeAppointment(scene: Scene, to: 'cancel' | 'move'): void {
  const reception = scene.loaded.library.published.find((flow) => flow.id === 'reception');
  const node = to === 'cancel' ? 'drop' : 'move';
  if (!reception?.nodes[node]) return;
  const runId = enterFlow(scene, reception, nextId(scene, to), null);
  moveRun(scene, runId, { type: 'jumped', to: node });
}

/** ANNULER while an appointment is pending: which of the two they mean is asked, once (compliance.md §3). */
export function askWhatToCancel(scene: Scene): void {
  const reception = scene.loaded.library.published.find((flow) => flow.id === 'reception');
  if (!reception?.nodes[cancelNode]) return;
  const runId = enterFlow(scene, reception, nextId(scene, 'cancel'), null);
  moveRun(scene, runId, { type: 'jumped', to: cancelNode });
}
