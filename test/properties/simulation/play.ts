import type { Arrival, CoachAct } from '../../../src/core/arrival.ts';
import type { Thread } from '../../../src/core/thread.ts';
import type { Receipt } from '../../../src/channels/channel.ts';
import { twinStore } from './store.ts';
import { createCarrierTwin } from './carrier.ts';
import { createTwinDatabase, type Documents } from './database.ts';
import { openPart, tickNow, ourSenders, type Mind, type Part } from './part.ts';
import { calm, freezesMs, type Act, type Plan, type Rates } from './plan.ts';
import { createTime, inVirtualTime, type Owner } from './time.ts';
import { createWitness, judgeEnd, type Delivered, type Violation } from './witness.ts';
import { note, stormyWire, type Weather } from './wire.ts';

/** Where every run begins: who is there, and what is about to be due. */
export interface Scene {
  readonly at: Date;
  readonly documents: Documents;
  readonly contacts: readonly { readonly id: string; readonly phone: string }[];
  readonly mind: Mind;
}

export interface Played {
  readonly violations: readonly Violation[];
  readonly steps: number;
  /** Virtual milliseconds it took. */
  readonly tookMs: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, number>>;
  /** What happened, for a seed that fails. */
  readonly log: readonly string[];
}

export const sceneContacts = (documents: Documents, ids: ReadonlySet<string>): Documents =>
  Object.fromEntries(
    Object.entries(documents).map(([name, docs]) => [
      name,
      docs.filter((doc) => {
        const owner = name === 'contacts' || name === 'threads' ? doc['_id'] : doc['contactId'];
        return typeof owner !== 'string' || ids.has(owner);
      }),
    ]),
  );

/** After the storm all heals; what has not come to rest by then, never will. */
const longestMs = 15 * 60_000;
const restMs = 2_000;
/** A killed process is started again so much later. */
const rebootMs = { least: 800, most: 5_000 };
const phoneMs = 15_000;

/** Plays a plan from a scene: the same plan and scene always give the same run. */
export function play(plan: Plan, scene: Scene): Promise<Played> {
  const startMs = scene.at.getTime();
  const time = createTime(startMs, plan.seed);
  return inVirtualTime(time, async () => {
    const witness = createWitness({ now: time.now, startMs, skewMs: plan.skewMs, mps: plan.mps });
    const database = createTwinDatabase(
      () => new Date(time.now()),
      (written) => {
        witness.onWritten(written);
        const { collection, before, after, by } = written;
        if (collection === 'outbox' && after?.['status'] === 'sending' && before?.['status'] !== 'sending')
          onClaim(by, String(after['contactId']));
      },
    );
    const ids = new Set(scene.contacts.slice(0, plan.contacts).map(({ id }) => id));
    database.fill(sceneContacts(scene.documents, ids));
    const played = new Map<string, number>();
    const operations: Record<string, number> = {};
    const log: string[] = [];
    const done = (what: string): void => {
      operations[what] = (operations[what] ?? 0) + 1;
    };
    const write = (what: string): void => {
      log.push(`${String(Math.round(time.now() - startMs)).padStart(7)} ${what}`);
    };
    const weather: Weather = { time, rates: plan.rates, awayUntil: 0, played };
    const parts: Part[] = [];
    const lengths = plan.freezesMs ?? freezesMs;
    const draw = time.stream('outside');
    const standing = (): Part[] => parts.filter(({ owner, isWeb }) => isWeb && owner.isAlive);
    const door = (): Part | undefined => {
      const doors = standing();
      return doors[Math.floor(draw() * doors.length)];
    };
    const isHealed = (): boolean => time.now() >= startMs + plan.stormMs;

    const carrier = createCarrierTwin({
      time,
      plan,
      get rates() {
        return weather.rates;
      },
      played,
      tell: (receipt: Receipt) => {
        done('receipt');
        const part = door();
        if (part)
          time.after(1, part.owner, () => {
            write(`receipt ${receipt.status} ${receipt.sid} at ${part.owner.name}`);
            part.receipts.take(receipt).catch(() => undefined);
          });
      },
      onCall: (call) => {
        done('call');
        write(`call ${call.row.id} #${String(call.row.attempt)} by ${call.by}`);
        witness.onCall(call);
        strike(call.by, 'frozenAtCall', 'killedAtCall');
      },
      onAnswer: (by) => {
        strike(by, 'frozenAtAnswer');
      },
      onTaken: (booked) => {
        done('message');
        write(`taken ${booked.row.id} ${booked.sid}`);
        witness.onTaken(booked, (id) => {
          const [row] = database.find(database.table('outbox'), { _id: id });
          return (row ?? null) as never;
        });
      },
    });

    const roles =
      plan.roles === 'all' ? (['all', 'all', 'all'] as const) : (['web', 'web', 'worker', 'worker'] as const);
    const skews = roles.map(() => Math.round((time.dice('skew') * 2 - 1) * plan.skewMs));
    let lives = 0;

    function start(place: number): void {
      lives += 1;
      const role = roles[place] ?? 'all';
      const owner: Owner = {
        name: `${role}-${String(place)}.${String(lives)}`,
        isAlive: true,
        frozenUntil: 0,
      };
      time.after(1, owner, () => {
        const store = twinStore(database, stormyWire(weather, database, owner));
        const options = {
          owner,
          role,
          store,
          carrier,
          mps: plan.mps,
          skewMs: skews[place] ?? 0,
          time,
          mind: scene.mind,
        };
        const part = openPart(options);
        parts[place] = part;
        for (const tick of part.ticks) beat(part, tick);
      });
    }

    function beat(part: Part, tick: Part['ticks'][number]): void {
      const everyMs = tick.name === 'dispatch' ? 5_000 : tick.everyMs;
      // A process that starts looks soon.
      time.after(draw() * Math.min(everyMs, 4_000), part.owner, function round() {
        done('tick');
        tickNow(tick);
        time.after(everyMs * (0.8 + draw() * 0.4), part.owner, round);
      });
    }

    function kill(place: number): void {
      const part = parts[place];
      if (!part?.owner.isAlive) return;
      note(weather, 'kill');
      write(`kill ${part.owner.name}`);
      part.owner.isAlive = false;
      // The server keeps what a dead client had begun until it misses it.
      for (const open of database.openOf(part.owner.name))
        time.after(draw() * 60_000, null, () => database.abort(open));
      time.after(rebootMs.least + draw() * (rebootMs.most - rebootMs.least), null, () => {
        start(place);
      });
    }

    const isPlayed = (fault: keyof Rates): boolean => {
      const hits = time.dice('strike') < weather.rates[fault];
      if (hits) note(weather, fault);
      return hits;
    };

    function freeze(part: Part, ms: number): void {
      write(`freeze ${part.owner.name} for ${String(ms)} ms`);
      part.owner.frozenUntil = Math.max(part.owner.frozenUntil, time.now() + ms);
    }

    /** Hits a process at the instant it would like least. */
    function strike(name: string, freezes: keyof Rates, kills: keyof Rates | null = null): void {
      const place = parts.findIndex(({ owner }) => owner.name === name);
      const part = parts[place];
      if (!part) return;
      if (kills && isPlayed(kills)) kill(place);
      else if (isPlayed(freezes))
        freeze(part, lengths[Math.floor(time.dice('strike') * lengths.length)] ?? 0);
    }

    function onClaim(by: string, contactId: string): void {
      const who = scene.contacts.findIndex(({ id }) => id === contactId);
      if (isPlayed('stopAtClaim')) time.after(draw() * 20, null, () => say(who, 'STOP'));
      // In its commit it is frozen before it hears of it.
      strike(by, 'frozenAtClaim', 'killedAtClaim');
    }

    const delivered: Delivered[] = [];
    let texts = 0;

    function post(one: Delivered, arrival: Arrival, triesLeft: number): void {
      const part = door();
      const again = (): void => {
        if (triesLeft > 0) time.after(1_000 + draw() * 3_000, null, () => post(one, arrival, triesLeft - 1));
      };
      if (!part) {
        again();
        return;
      }
      let isAnswered = false;
      const timer = time.after(phoneMs, null, () => {
        if (!isAnswered) again();
        isAnswered = true;
      });
      time.after(1 + draw() * 20, part.owner, () => {
        done('webhook');
        part.arrive({ ...arrival, receivedAt: part.clock.now() }).then(
          () => {
            const [stored] = database.find(database.table('arrivals'), { _id: arrival.id });
            if (!stored) witness.say('I4', `${arrival.id} was answered 200 before it was written`);
            time.after(draw() * 10, null, () => {
              isAnswered = true;
              timer.cancel();
              one.takenAt ??= time.now();
            });
          },
          () => {
            if (isAnswered) return;
            isAnswered = true;
            timer.cancel();
            again();
          },
        );
      });
    }

    function say(who: number, text: string): void {
      const contact = scene.contacts[who];
      if (!contact) return;
      texts += 1;
      const sid = `SMin${String(texts)}`;
      const id = `twilio:AC1:${sid}`;
      write(`${contact.id} says "${text}" (${sid})`);
      const one: Delivered = { arrivalId: id, contactId: contact.id, begunAt: time.now(), takenAt: null };
      delivered.push(one);
      const arrival: Arrival = {
        id,
        kind: 'inbound',
        contactId: null,
        receivedAt: new Date(time.now()),
        state: 'new',
        tries: 0,
        inbound: {
          channel: 'sms',
          sender: ourSenders[0].key,
          address: contact.phone,
          text,
          media: [],
          button: null,
          repliedTo: null,
          optOutType: null,
          profileName: null,
          sid,
        },
      };
      post(one, arrival, 8);
      while (draw() < weather.rates.doubledText) {
        note(weather, 'doubledText');
        time.after(draw() * 10_000, null, () => post(one, arrival, 0));
      }
    }

    function coach(who: number, what: Extract<Act, { do: 'coach' }>['act']): void {
      const contact = scene.contacts[who];
      const part = door();
      if (!contact || !part) return;
      const [doc] = database.find(database.table('threads'), { _id: contact.id });
      const thread = doc as unknown as Thread | undefined;
      if (!thread) return;
      const { rev } = thread.own;
      const act: CoachAct =
        what === 'claim'
          ? { do: 'claim', rev }
          : what === 'handBack'
            ? { do: 'handBack', rev, to: null }
            : what === 'resolve'
              ? { do: 'resolve', rev, why: 'done' }
              : {
                  do: 'say',
                  rev,
                  seen: thread.seq,
                  channel: 'sms',
                  text: 'Bonjour, je regarde.',
                  undoMs: 8_000,
                };
      write(`nina: ${what} in ${contact.id}`);
      const id = `coach:${String((texts += 1))}`;
      time.after(1, part.owner, () => {
        done('coach');
        const head = {
          id,
          contactId: contact.id,
          receivedAt: part.clock.now(),
          state: 'new',
          tries: 0,
        } as const;
        part
          .arrive({ ...head, kind: 'coach', coachId: 'nina', coachName: 'Nina', act })
          .then(() => part.drain.drain(contact.id, { now: true }))
          .catch(() => undefined);
      });
    }

    function track(who: number, name: string): void {
      const contact = scene.contacts[who];
      const part = door();
      if (!contact || !part) return;
      const id = `e${String((texts += 1))}`;
      write(`${contact.id}: ${name}`);
      time.after(1, part.owner, () => {
        done('event');
        const event = { id, name, properties: {}, occurredAt: part.clock.now() };
        const head = { contactId: contact.id, receivedAt: part.clock.now(), state: 'new', tries: 0 } as const;
        part.arrive({ ...head, id: `event:${id}`, kind: 'event', event }).catch(() => undefined);
      });
    }

    function hurry(): void {
      for (const part of parts)
        for (const tick of part.ticks) time.after(draw() * 5, part.owner, () => tickNow(tick));
    }

    function happen(act: Act): void {
      switch (act.do) {
        case 'say':
          say(act.who % plan.contacts, act.text);
          return;
        case 'track':
          track(act.who % plan.contacts, act.name);
          return;
        case 'coach':
          coach(act.who % plan.contacts, act.act);
          return;
        case 'kill':
          kill(act.part);
          return;
        case 'freeze': {
          const part = parts[act.part];
          if (!part?.owner.isAlive) return;
          note(weather, 'freeze');
          freeze(part, act.ms);
          return;
        }
        case 'fail over':
          note(weather, 'failover');
          write(`no primary for ${String(act.ms)} ms`);
          weather.awayUntil = Math.max(weather.awayUntil, time.now() + act.ms);
          for (const part of parts) for (const open of database.openOf(part.owner.name)) database.abort(open);
          return;
        case 'carrier away':
          note(weather, 'carrierAway');
          write(`no carrier for ${String(act.ms)} ms`);
          carrier.leave(time.now() + act.ms);
          return;
        case 'hurry':
          note(weather, 'hurry');
          hurry();
      }
    }

    for (const place of roles.keys()) start(place);
    for (const { atMs, act } of plan.acts) {
      time.after(atMs, null, () => {
        happen(act);
      });
    }
    time.after(plan.stormMs, null, () => {
      weather.rates = calm;
    });

    await time.run(startMs + plan.stormMs);
    for (let until = time.now(); until < startMs + longestMs;) {
      until += restMs;
      await time.run(until);
      // What is due soon, and what is still frozen, is no rest.
      const isFrozen = parts.some(({ owner }) => owner.isAlive && owner.frozenUntil > time.now());
      const soon = new Date(time.now() + plan.skewMs + restMs);
      if (isHealed() && !isFrozen && isAtRest(database, soon, time.now())) break;
    }
    const before = new Set((scene.documents['outbox'] ?? []).map(({ _id }) => String(_id)));
    judgeEnd(witness, database, carrier, delivered, before, plan.skewMs);
    const restless = whatMoves(database, new Date(time.now() - plan.skewMs - 1_000), time.now());
    for (const what of restless) witness.say('I2', what);
    return {
      violations: witness.violations,
      steps: time.steps(),
      tookMs: time.now() - startMs,
      faults: Object.fromEntries(played),
      operations,
      log,
    };
  });
}

/** Whatever should still come to an end by itself. */
function whatMoves(database: ReturnType<typeof createTwinDatabase>, due: Date, nowMs: number): string[] {
  const rows = database
    .find(database.table('outbox'), {
      $or: [
        { status: 'sending' },
        { status: 'queued', notBefore: { $lte: due } },
        { status: 'unsure', channel: 'sms', emptyLooks: { $not: { $gte: 2 } } },
      ],
    })
    .map((row) => `${String(row['_id'])} is still ${String(row['status'])}`);
  const arrivals = database
    .find(database.table('arrivals'), { state: { $in: ['new', 'shown'] } })
    .map((arrival) => `${String(arrival['_id'])} is still ${String(arrival['state'])}`);
  // One whose step was begun three times without an end is parked for a person, and its run with it.
  const parked = database
    .find(database.table('arrivals'), { state: 'stuck', kind: 'wake' })
    .map(({ runId }) => runId);
  const runs = database
    .find(database.table('runs'), {
      open: true,
      wakeAt: { $lte: new Date(nowMs - 40_000) },
      _id: { $nin: parked },
    })
    .map((run) => `run ${String(run['_id'])} was not woken`);
  return [...rows, ...arrivals, ...runs];
}

const isAtRest = (database: ReturnType<typeof createTwinDatabase>, due: Date, nowMs: number): boolean =>
  whatMoves(database, due, nowMs).length === 0;
