import { creditOf, type Credit } from '../scoring.ts';
import { setContact, type Scene } from './scene.ts';

/** Counts the events of this decision. What counts once a day is not asked of the ledger a second time that day. */
export function credit(scene: Scene): void {
  for (const event of scene.events) {
    const { zone } = scene.contact;
    const earned = creditOf(event, { zone, consents: scene.consents });
    if (!earned || isCounted(scene, earned)) continue;
    scene.scores.push(earned);
    if (isDaily(earned)) setContact(scene, { [`scoredOn.${earned.rule}`]: earned.causeId });
  }
}

type Daily = Credit & { readonly rule: 'login' | 'replied' };

const isDaily = (earned: Credit): earned is Daily => earned.rule === 'login' || earned.rule === 'replied';

const isCounted = (scene: Scene, earned: Credit): boolean =>
  isDaily(earned) && scene.contact.scoredOn?.[earned.rule] === earned.causeId;
