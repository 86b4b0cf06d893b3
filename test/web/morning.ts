import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const cover = {
  type: 'image/png',
  data: readFileSync(join(import.meta.dirname, 'cover.png')).toString('base64'),
};

type Post = (path: string, body: unknown) => Promise<unknown>;

/** A morning in the life of the cast: some enter, the clock goes on, Karim (with his cover) and Inès ask for a person, and Léa for help. */
export async function playMorning(post: Post): Promise<void> {
  const enter = (userId: string, event: string, properties: object = {}) =>
    post('/api/sandbox/enter', { userId, event, properties });
  for (const userId of ['lea', 'karim', 'ines'])
    await enter(userId, 'Subscription Started', { plan: 290, subscriptionId: `morning-${userId}` });
  await enter('jo', 'Lead Created');
  for (let jump = 0; jump < 4; jump += 1) await post('/api/sandbox/clock', { to: 'next' });
  const say = (channel: string, number: string, text: string, media: readonly object[] = []) =>
    post(`/api/sandbox/phones/${channel}/${encodeURIComponent(number)}/messages`, { text, media });
  await say('whatsapp', '+33639980002', "c'est trop cher, je peux parler à quelqu'un ?", [cover]);
  await say('sms', '+33639980003', 'vous pouvez me rappeler ?');
  await say('sms', '+33639980001', 'HELP');
}
