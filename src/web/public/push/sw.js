// Shows what we are told and opens what it leads to. Registered by ask.js and by the inbox, for /push/ alone.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** A window of ours that is looked at says it itself: the notification makes no sound. */
async function isSeen() {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return windows.some((one) => one.focused && !new URL(one.url).pathname.startsWith('/u/'));
}

async function show(data) {
  await self.registration.showNotification(data.title || 'MONA x SPARK', {
    body: data.body,
    tag: data.topic,
    silent: await isSeen(),
    data: { url: data.url },
  });
}

self.addEventListener('push', (event) => {
  const data = event.data ? event.data.json() : {};
  event.waitUntil(show(data));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { url } = event.notification.data ?? {};
  if (url) event.waitUntil(self.clients.openWindow(url));
});

/** Subscriptions die without a word (GoogleChrome/web.dev#10392): a new one takes the place of the old. */
async function renew(event) {
  const old = event.oldSubscription;
  if (!old) return;
  const fresh = event.newSubscription ?? (await self.registration.pushManager.subscribe(old.options));
  await fetch('/push/subscriptions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fresh.toJSON(), replaces: old.endpoint }),
  });
}

self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));
