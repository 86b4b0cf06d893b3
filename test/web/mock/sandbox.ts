import { Router } from 'express';

const phones = [
  {
    key: 'lea-sms',
    userId: 'lea',
    name: 'Léa Martin',
    channel: 'sms',
    address: '+33639980001',
    contactId: 'lea',
    locale: 'fr',
  },
  {
    key: 'lea-whatsapp',
    userId: 'lea',
    name: 'Léa Martin',
    channel: 'whatsapp',
    address: '+33639980001',
    contactId: 'lea',
    locale: 'fr',
  },
  {
    key: 'karim-whatsapp',
    userId: 'karim',
    name: 'Karim Benali',
    channel: 'whatsapp',
    address: '+33639980002',
    contactId: 'karim',
    locale: 'fr',
  },
  {
    key: 'ines-sms',
    userId: 'ines',
    name: 'Inès Duval',
    channel: 'sms',
    address: '+33639980003',
    contactId: 'ines',
    locale: 'fr',
  },
];

const html = `<body style="margin:0;background:#f4f3fb;font-family:sans-serif"><div style="max-width:560px;margin:24px auto;padding:24px;background:#fff;border-radius:8px">
<h1 style="font-size:20px">Félicitations Léa !</h1><p>Tu fais maintenant partie des artistes qui prennent leur carrière en main 🚀</p>
<p><a href="/l/x" style="display:inline-block;padding:12px 20px;background:#4338B8;color:#fff;border-radius:6px;text-decoration:none">MON DASHBOARD</a></p></div></body>`;

/** A carrier, a mailbox and a clock that only look right. */
export function mockSandbox(): Router {
  const router = Router();
  let aheadMs = 0;
  const now = (): Date => new Date(Date.now() + aheadMs);
  let count = 3;
  const messages = new Map<string, object[]>([
    [
      'sms/+33639980001',
      [
        {
          sid: 'SM1',
          direction: 'in',
          hasArrived: true,
          text: 'Salut Léa ! 👋\nAs-tu pu te connecter à ton dashboard MONA ?\nSi tu galères, réponds "HELP" et je t\'aide en 2 min 😉\nNina',
          status: 'delivered',
          at: new Date(Date.now() - 700_000).toISOString(),
        },
        {
          sid: 'SM2',
          direction: 'out',
          hasArrived: true,
          text: 'HELP',
          status: 'received',
          at: new Date(Date.now() - 68_000).toISOString(),
        },
        {
          sid: 'SM3',
          direction: 'in',
          hasArrived: true,
          text: "C'est noté Léa ! Nina te répond d'ici 2 min.",
          status: 'sent',
          at: new Date(Date.now() - 66_000).toISOString(),
        },
      ],
    ],
    [
      'whatsapp/+33639980002',
      [
        {
          sid: 'WA1',
          direction: 'in',
          hasArrived: true,
          text: 'Bonjour Karim 👋\nAvez-vous pu vous connecter à votre dashboard MONA ?',
          buttons: [
            { id: 'yes', title: "C'est fait" },
            { id: 'help', title: "Besoin d'aide" },
          ],
          status: 'read',
          at: new Date(Date.now() - 90_000_000).toISOString(),
        },
        {
          sid: 'WA2',
          direction: 'out',
          hasArrived: true,
          text: "C'est fait",
          status: 'received',
          repliedTo: 'WA1',
          at: new Date(Date.now() - 88_000_000).toISOString(),
        },
      ],
    ],
  ]);
  const mails = [
    {
      id: 'm1',
      hasOneClick: true,
      from: 'Nina · MONA <nina@example.org>',
      to: 'lea@example.org',
      subject: "🎉 Bienvenue dans l'aventure MONA Léa !",
      html,
      text: 'Félicitations Léa !',
      headers: {
        'List-Unsubscribe': '<http://localhost/u/x>',
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
      at: new Date(Date.now() - 93_600_000).toISOString(),
    },
    {
      id: 'm2',
      hasOneClick: true,
      from: 'MONA <bonjour@example.org>',
      to: 'camille@example.org',
      subject: 'Camille, vos rêves sont-ils toujours là ?',
      html,
      text: 'Camille',
      headers: {},
      at: new Date(Date.now() - 80_000_000).toISOString(),
    },
  ];
  const list = (channel: string, address: string): object[] => {
    const key = `${channel}/${address}`;
    const found = messages.get(key) ?? [];
    messages.set(key, found);
    return found;
  };
  router.get('/state', (_request, response) => {
    response.json({
      clock: { now: now(), aheadMs },
      phones,
      flows: [{ id: 'welcome', event: 'Lead Created' }],
    });
  });
  router.get('/phones/:channel/:address/messages', (request, response) => {
    response.json({ messages: list(request.params.channel, request.params.address) });
  });
  router.post('/phones/:channel/:address/messages', (request, response) => {
    const said = request.body as { text: string; repliedTo?: string };
    list(request.params.channel, request.params.address).push({
      sid: `SM${++count}`,
      direction: 'out',
      hasArrived: true,
      text: said.text,
      repliedTo: said.repliedTo ?? null,
      status: 'received',
      at: now(),
    });
    response.status(201).json({});
  });
  router.get('/mail', (_request, response) => {
    response.json({ mails });
  });
  router.get('/mail/:id', (request, response) => {
    response.json(mails.find(({ id }) => id === request.params.id));
  });
  router.post('/mail/:id/unsubscribe', (_request, response) => {
    response.json({ status: 200 });
  });
  router.post('/mail/:id/reply', (_request, response) => {
    response.status(201).json({});
  });
  router.post('/clock', (request, response) => {
    const { byMs, to } = request.body as { byMs?: number; to?: string };
    aheadMs += byMs ?? (to ? Date.parse(to) - now().getTime() : 86_400_000);
    response.json({ clock: { now: now(), aheadMs } });
  });
  router.post(['/enter', '/faults'], (_request, response) => {
    response.status(202).json({});
  });
  router.get('/stream', (_request, response) => {
    response.set('content-type', 'text/event-stream').flushHeaders();
    response.write('event: hello\ndata: {}\n\n');
  });
  return router;
}
