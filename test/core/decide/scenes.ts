import type { Arrival, CoachAct, Inbound } from '../../../src/core/arrival.ts';
import { readCast, readLibrary } from '../../../src/cli/rehearsal-files.ts';
import { createDecide, type Kept, type World } from '../../../src/core/decide.ts';
import { createUnderstand } from '../../../src/core/intent.ts';
import { openStage, play, worldOf, type Cast, type Stage } from '../../../src/core/rehearse.ts';
import { readIntentLists } from '../../../src/store/intent-files.ts';

const folders = { flowsDir: 'flows', localesDir: 'locales' };
export const library = readLibrary(folders);
export const understand = createUnderstand(readIntentLists(folders.localesDir));
export const decide = createDecide(understand);

/** Tuesday 3 March 2026, 11:00 in Paris: the team is there. */
export const tuesday = new Date('2026-03-03T10:00:00Z');
export const zone = 'Europe/Paris';

export function aCast(persona = 'lea', at: Date = tuesday): Cast {
  return readCast({ ...folders, persona, at, library, understand }).cast;
}

export const aStage = (persona = 'lea', at: Date = tuesday): Stage => openStage(aCast(persona, at), at);

/** Léa, in nurturing, the question of J1 open. */
export function askedStage(): Stage {
  const at = new Date('2026-03-02T17:04:00Z');
  const stage = openStage(aCast('lea', at), at);
  play(stage, { do: 'track', name: 'Subscription Started', properties: { plan: 290, subscriptionId: 's1' } });
  play(stage, { do: 'until', at: new Date('2026-03-03T11:31:00Z') });
  return stage;
}

export const worldNow = (stage: Stage): World => worldOf(stage);

const head = { contactId: 'lea', state: 'new', tries: 0 } as const;

export function aBubble(text: string, over: Partial<Inbound> = {}, more: Partial<Arrival> = {}): Arrival {
  const inbound: Inbound = {
    channel: 'sms', sender: 'sms:+33639980100', address: '+33639980001', text, media: [], button: null, repliedTo: null,
    optOutType: null, profileName: null, sid: 'SM1',
    ...over,
  }; // prettier-ignore
  return {
    ...head,
    id: `twilio:AC:${inbound.sid}`,
    receivedAt: tuesday,
    kind: 'inbound',
    inbound,
    ...more,
  } as Arrival;
}

export const aMove = (act: CoachAct, coachId = 'nina', id = 'coach:c1'): Arrival => ({
  ...head, id, receivedAt: tuesday, kind: 'coach', coachId, coachName: coachId === 'sam' ? 'Sam' : 'Nina', act,
}); // prettier-ignore

export const decided = (
  stage: Stage,
  arrivals: readonly Arrival[],
  at: Date = stage.now,
  endsWait = true,
): Kept => decide(arrivals, worldOf(stage), { now: at, zone }, { endsWait });
