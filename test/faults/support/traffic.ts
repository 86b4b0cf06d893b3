import { enrol, makeDue, type Artist } from './enrol.ts';
import type { Delivered } from './judge.ts';
import type { Tally } from './outcome.ts';
import { account, formOf, newSid, postUntilTaken, type Text } from './post.ts';
import type { Dice } from './scale.ts';
import type { Squall } from './squall.ts';
import { pause } from './until.ts';

/*
 * People: they come, are written to, answer, and some of them stop it.
 */

export interface Traffic {
  readonly delivered: readonly Delivered[];
  readonly stops: readonly { readonly artist: Artist; readonly text: Text }[];
  readonly artists: readonly Artist[];
  /** Batch after batch, until it is over. */
  run(lane: number): Promise<void>;
}

export interface TrafficOptions {
  readonly squall: Squall;
  readonly dice: Dice;
  readonly tally: Tally;
  readonly isOver: () => boolean;
  /** People of a batch; of three one stops, one talks, one says nothing. */
  readonly batch: number;
  /** The longest somebody of a batch waits before they write. */
  readonly spreadMs: number;
}

export const arrivalIdOf = ({ sid }: Pick<Text, 'sid'>): string => `twilio:${account.sid}:${sid}`;

/** A storm may close both doors for a while: the carrier's patience is longer than ours. */
const mostTries = 600;

export function createTraffic({ squall, dice, tally, isOver, batch, spreadMs }: TrafficOptions): Traffic {
  const delivered: Delivered[] = [];
  const stops: { readonly artist: Artist; readonly text: Text }[] = [];
  const artists: Artist[] = [];

  /** Some of it comes twice at once, by either door. */
  async function say(artist: Artist, text: Text): Promise<void> {
    const first = dice.between(0, 1);
    const copies = dice.next() < 0.3 ? 2 : 1;
    const answers = await Promise.all(
      Array.from({ length: copies }, (_, copy) =>
        postUntilTaken(formOf(text), (tries) => squall.door(first + copy + tries), mostTries),
      ),
    );
    const all = answers.flat();
    delivered.push({ arrivalId: arrivalIdOf(text), contact: artist.phone, answers: all });
    tally.count('posts', all.length);
    if (copies > 1) tally.count('doubledPosts');
  }

  const textOf = ({ phone }: Artist, body: string): Text => ({ sid: newSid(), from: phone, body });

  async function speak(artist: Artist, place: number): Promise<void> {
    await pause(dice.between(0, spreadMs));
    if (place % 3 === 0) {
      const text = textOf(artist, dice.pick(['STOP', 'stop', 'Stop !']));
      stops.push({ artist, text });
      tally.count('stops');
      await say(artist, text);
    } else if (place % 3 === 1) {
      await say(artist, textOf(artist, dice.pick(['oui', 'merci', 'HELP', 'la prise 1'])));
      await say(artist, textOf(artist, dice.pick(['non', 'AIDE', 'ok', 'la prise 2'])));
    }
  }

  return {
    delivered,
    stops,
    artists,
    async run(lane) {
      for (let round = 0; !isOver(); round += 1) {
        const some = await enrol(squall, batch, `storm-${String(lane)}-${String(round)}`);
        artists.push(...some);
        await makeDue(squall.store, some);
        await squall.hurry('wake');
        const speaking = dice.shuffle(some).map(speak);
        await Promise.all([...speaking, squall.hurry('wake', 'sweep', 'reconcile')]);
      }
    },
  };
}
