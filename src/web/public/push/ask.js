// The question on the preference page: shown where this browser can be told and was not refused; the permission is asked
// only once the button was pressed. A browser that has said yes is re-validated at each visit, without a question.
const section = document.getElementById('push');
const canBeTold =
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window && section !== null;

const bytesOf = (base64url) => {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
};

/** A subscription made for another key of ours is dead: it is made anew. */
async function standing(registration, key) {
  const known = await registration.pushManager.getSubscription();
  const made = known?.options.applicationServerKey;
  if (!made || new Uint8Array(made).join() === key.join()) return known;
  await known.unsubscribe();
  return null;
}

async function subscribe({ isRevisit }) {
  const { key, token } = section.dataset;
  const registration = await navigator.serviceWorker.register('/push/sw.js');
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
  const subscription =
    (await standing(registration, options.applicationServerKey)) ??
    (await registration.pushManager.subscribe(options));
  const answer = await fetch('/push/subscriptions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...subscription.toJSON(), token, isRevisit }),
  });
  if (!answer.ok) throw new Error(`The subscription was answered with ${answer.status}.`);
}

async function hasSubscription() {
  const registration = await navigator.serviceWorker.getRegistration('/push/');
  return Boolean(await registration?.pushManager.getSubscription());
}

async function ask() {
  if (!canBeTold || Notification.permission === 'denied') return;
  const isOn = section.dataset.on === 'yes' && Notification.permission === 'granted';
  if (isOn && (await hasSubscription())) return subscribe({ isRevisit: true });
  section.hidden = false;
  const button = section.querySelector('button');
  button.addEventListener('click', async () => {
    if ((await Notification.requestPermission()) !== 'granted') {
      section.hidden = true;
      return;
    }
    button.disabled = true;
    try {
      await subscribe({ isRevisit: false });
      section.replaceChildren(
        Object.assign(document.createElement('p'), { textContent: section.dataset.done }),
      );
    } catch {
      button.disabled = false;
    }
  });
}

void ask().catch(() => undefined);
