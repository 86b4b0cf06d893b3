import { expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createLive, type News } from '../../src/reports/live.ts';
import { createBuilders } from '../support/build.ts';
import { useStore } from '../support/mongo.ts';

const database = useStore();

test('whoever listens before the stream stands is told to read once more, then hears each item', async () => {
  const live = createLive(database.store, silentLog);
  const heard: News[] = [];
  live.listen((news) => heard.push(news), null);
  await expect.poll(() => heard).toEqual([{ kind: 'lost' }]);
  const { contact } = await createBuilders(database.store).aContact();
  await createBuilders(database.store).anItem(contact.id, 1);
  await expect.poll(() => heard).toContainEqual(expect.objectContaining({ kind: 'item', seq: 1 }));
  expect(heard.filter(({ kind }) => kind === 'lost')).toHaveLength(1);
  await live.stop();
});
