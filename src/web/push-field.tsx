import { useState } from 'react';
import { api } from './api/client.ts';
import { Button } from './parts/button.tsx';
import { useWords } from './words.ts';

const canBeTold = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function subscribe(): Promise<void> {
  const { key } = await api<{ key: string }>('GET', '/push/key');
  const registration = await navigator.serviceWorker.register('/push/sw.js');
  const known = await registration.pushManager.getSubscription();
  const subscription =
    known ??
    (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) }));
  await api('POST', '/push/subscriptions', subscription.toJSON());
}

/** Notifications on this device: the browser asks only once the coach has pressed the button. */
export function PushField() {
  const { t } = useWords();
  const [state, setState] = useState<'asked' | 'done' | 'failed' | null>(null);
  if (!canBeTold() || Notification.permission === 'denied') return null;
  const ask = async (): Promise<void> => {
    setState('asked');
    if ((await Notification.requestPermission()) !== 'granted') return setState('failed');
    await subscribe().then(
      () => setState('done'),
      () => setState('failed'),
    );
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
