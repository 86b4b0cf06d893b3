type Post = (path: string, body: unknown) => Promise<unknown>;

/** A morning in the life of the cast: some enter, the clock goes on, and Léa asks for help by SMS. */
export async function playMorning(post: Post): Promise<void> {
  const enter = (userId: string, event: string, properties: object = {}) =>
    post('/api/sandbox/enter', { userId, event, properties });
  for (const userId of ['lea', 'karim', 'ines'])
    await enter(userId, 'Subscription Started', { plan: 290, subscriptionId: `morning-${userId}` });
  await enter('jo', 'Lead Created');
  for (let jump = 0; jump < 4; jump += 1) await post('/api/sandbox/clock', { to: 'next' });
  await post(`/api/sandbox/phones/sms/${encodeURIComponent('+33639980001')}/messages`, { text: 'HELP' });
}
