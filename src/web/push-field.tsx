import { useEffect, useState } from 'react';
import { api } from './api/client.ts';
import { Button } from './parts/button.tsx';
import { useWords } from './words.ts';

const canBeTold = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** One made for another key of ours is dead: it is made anew. */
async function standing(manager: PushManager, key: Uint8Array): Promise<PushSubscription | null> {
  const known = await manager.getSubscription();
  const made = known?.options.applicationServerKey;
  if (!known || !made || new Uint8Array(made).join() === key.join()) return known;
  await known.unsubscribe();
  return null;
}

async function subscribe(): Promise<void> {
  const { key } = await api<{ key: string }>('GET', '/push/key');
  const { pushManager } = await navigator.serviceWorker.register('/push/sw.js');
  const applicationServerKey = bytesOf(key);
  const subscription =
    (await standing(pushManager, applicationServerKey)) ??
    (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }));
  await api('POST', '/push/subscriptions', subscription.toJSON());
}

/** Whether this browser said yes before, as far as it knows. */
async function isOn(): Promise<boolean> {
  if (Notification.permission !== 'granted') return false;
  const registration = await navigator.serviceWorker.getRegistration('/push/');
  return Boolean(await registration?.pushManager.getSubscription());
}

/** Notifications on this device: the browser asks only once the coach has pressed the button. */
export function PushField() {
  const { t } = useWords();
  const [state, setState] = useState<'asked' | 'done' | 'failed' | null>(null);
  const end = (work: Promise<void>): Promise<void> =>
    work.then(
      () => setState('done'),
      () => setState('failed'),
    );
  // Subscriptions die without a word: one that stands is told to us again at each visit.
  useEffect(() => {
    if (canBeTold()) void isOn().then((was) => (was ? end(subscribe()) : undefined));
  }, []);
  if (!canBeTold() || Notification.permission === 'denied') return null;
  const ask = async (): Promise<void> => {
    setState('asked');
    if ((await Notification.requestPermission()) !== 'granted') return setState('failed');
    await end(subscribe());
  };
  return (
    <>
      <Button disabled={state === 'asked' || state === 'done'} onClick={() => void ask()}>
        {state === 'done' ? t('me.push.done') : t('me.push.ask')}
      </Button>
      {state === 'failed' && <p role="status">{t('me.push.failed')}</p>}
    </>
  );
}
