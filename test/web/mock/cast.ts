import type { Artist, Channel, Future, Item, Row, Thread } from '../../../src/web/api/shapes.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A thread as the mock keeps it. */
export type Kept = { -readonly [K in keyof Thread]: Thread[K] } & { items: Item[]; row: Row };

const at = (now: number, agoMs: number): string => new Date(now - agoMs).toISOString();

interface Person {
  readonly id: string;
  readonly name: string;
  readonly channel: Channel;
  readonly plan: number | null;
  readonly city: string;
  readonly genre: string;
  readonly zone?: string;
  readonly locale?: string;
  readonly register?: 'tu' | 'vous';
  readonly vip?: boolean;
  readonly score: number;
}

const people: readonly Person[] = [
  {
    id: 'lea',
    name: 'Léa Martin',
    channel: 'sms',
    plan: 290,
    city: 'Lyon',
    genre: 'R&B',
    register: 'tu',
    score: 67,
  },
  {
    id: 'karim',
    name: 'Karim Benali',
    channel: 'whatsapp',
    plan: 290,
    city: 'Marseille',
    genre: 'Hip-hop',
    register: 'vous',
    score: 58,
  },
  {
    id: 'ines',
    name: 'Inès Duval',
    channel: 'sms',
    plan: 490,
    city: 'Strasbourg',
    genre: 'Electro',
    vip: true,
    register: 'tu',
    score: 91,
  },
  {
    id: 'jo',
    name: 'Jo Perry',
    channel: 'sms',
    plan: null,
    city: 'London',
    genre: 'Indie',
    zone: 'Europe/London',
    locale: 'en',
    score: 45,
  },
  {
    id: 'camille',
    name: 'Camille Hoarau',
    channel: 'email',
    plan: null,
    city: 'Saint-Denis',
    genre: 'Maloya',
    zone: 'Indian/Reunion',
    register: 'tu',
    score: 52,
  },
];

function rowOf(person: Person, now: number, change: Partial<Row>): Row {
  const own = {
    state: 'bot',
    ownerId: null,
    ownerName: null,
    rev: 3,
    reason: null,
    priority: null,
    ...change.own,
  } as Row['own'];
  return {
    id: person.id,
    seq: 9,
    name: person.name,
    plan: person.plan,
    vip: person.vip ?? false,
    channel: person.channel,
    preview: null,
    lastAt: at(now, 20 * minuteMs),
    waitingSince: null,
    due: null,
    window: null,
    run: null,
    unread: false,
    draft: false,
    tags: [],
    flags: [],
    viewers: [],
    ...change,
    own,
    rev: own.rev,
    state: own.state,
  };
}

function artistOf(person: Person, now: number): Artist {
  return {
    id: person.id,
    name: person.name,
    locale: person.locale ?? 'fr',
    register: person.register ?? null,
    zone: person.zone ?? 'Europe/Paris',
    plan: person.plan,
    planSince: person.plan ? at(now, 12 * dayMs) : null,
    mona: { score: person.score, start: person.score - 8, trend: [59, 59, 61, 60, 64, 66, person.score] },
    points: 34,
    genre: person.genre,
    city: person.city,
    consents: [
      { channel: 'sms', marketing: 'granted', at: at(now, 12 * dayMs), source: 'form' },
      {
        channel: 'whatsapp',
        marketing: person.channel === 'whatsapp' ? 'granted' : 'none',
        at: person.channel === 'whatsapp' ? at(now, 8 * dayMs) : null,
        source: person.channel === 'whatsapp' ? 'button' : null,
      },
      {
        channel: 'email',
        marketing: person.id === 'jo' ? 'withdrawn' : 'granted',
        at: at(now, 3 * dayMs),
        source: person.id === 'jo' ? 'page' : 'form',
      },
    ],
    addresses: [
      { channel: 'sms', value: '+33 6 39 98 00 01' },
      { channel: 'email', value: `${person.id}@example.org` },
    ],
    runs:
      person.plan === 290
        ? [{ flow: 'nurturing', step: 2, of: 7, goalDeadline: at(now, -18 * dayMs), phase: 'sending' }]
        : [],
    events: [
      { name: 'App Logged In', at: at(now, 5 * hourMs) },
      { name: 'Resources Downloaded', at: at(now, 2 * dayMs) },
      { name: 'Subscription Started', at: at(now, 12 * dayMs) },
    ],
    coach: { id: 'nina', name: 'Nina' },
    tags: person.vip ? ['villa', 'vip'] : ['studio'],
  };
}

const nudges = (now: number): Future[] => [
  {
    stepId: 'nurturing.j7-email',
    title: 'j7-email',
    channel: 'email',
    at: at(now, -2 * dayMs),
    heldBy: null,
    cancelledBy: ['Subscription Cancelled', 'Subscription Refunded'],
  },
  {
    stepId: 'nurturing.j14-email',
    title: 'j14-email',
    channel: 'email',
    at: at(now, -9 * dayMs),
    heldBy: null,
    cancelledBy: ['Subscription Cancelled'],
  },
  {
    stepId: 'nurturing.j15-sms',
    title: 'j15-sms',
    channel: 'sms',
    at: at(now, -10 * dayMs),
    heldBy: 'conversation_open',
    cancelledBy: ['Subscription Cancelled'],
    segments: 3,
  },
  {
    stepId: 'nurturing.j21-email',
    title: 'j21-email',
    channel: 'email',
    at: at(now, -16 * dayMs),
    heldBy: null,
    cancelledBy: ['Subscription Cancelled'],
  },
];

const mailText = `Félicitations Léa !

Tu fais maintenant partie des artistes qui prennent leur carrière en main 🚀

TES PROCHAINES ÉTAPES :
1. Connexion à ton dashboard MONA (lien ci-dessous)
2. Upload de tes 3 meilleurs morceaux/vidéos
3. Complétion de ton profil artistique
4. Premier rendez-vous coach prévu lundi à 10:00

À très vite,
Nina`;

function lea(now: number): Item[] {
  const why = { rule: 'step', flow: 'nurturing', step: 'j1-sms' };
  return [
    {
      id: 'lea-1',
      seq: 1,
      at: at(now, 26 * hourMs),
      kind: 'event',
      name: 'Subscription Started',
      why: { rule: 'event' },
    },
    {
      id: 'lea-2',
      seq: 2,
      at: at(now, 26 * hourMs),
      kind: 'out',
      by: 'bot',
      channel: 'email',
      subject: "🎉 Bienvenue dans l'aventure MONA Léa !",
      text: mailText,
      status: 'read',
      step: 'j0-email',
      why,
    },
    {
      id: 'lea-3',
      seq: 3,
      at: at(now, 25 * hourMs),
      kind: 'silence',
      step: 'j1-email',
      reason: 'condition_false',
      why: { rule: 'condition' },
    },
    {
      id: 'lea-4',
      seq: 4,
      at: at(now, 24.5 * hourMs),
      kind: 'silence',
      step: 'upsell.j0-email',
      reason: 'preempted',
      why: { rule: 'arbitration' },
    },
    {
      id: 'lea-5',
      seq: 5,
      at: at(now, 12 * minuteMs),
      kind: 'out',
      by: 'bot',
      channel: 'sms',
      text: 'Salut Léa ! 👋\nAs-tu pu te connecter à ton dashboard MONA ?\nSi tu galères, réponds "HELP" et je t\'aide en 2 min 😉\nNina',
      status: 'delivered',
      step: 'j1-sms',
      segments: 2,
      why,
    },
    {
      id: 'lea-6',
      seq: 6,
      at: at(now, 68_000),
      kind: 'in',
      channel: 'sms',
      text: 'HELP',
      intent: 'help',
      confidence: 1,
      rule: 'question',
      why: { rule: 'R9' },
    },
    {
      id: 'lea-7',
      seq: 7,
      at: at(now, 67_000),
      kind: 'state',
      from: 'bot',
      to: 'waiting',
      by: 'bot',
      reason: 'help-j1',
      why: { rule: 'handoff' },
    },
    {
      id: 'lea-8',
      seq: 8,
      at: at(now, 66_000),
      kind: 'out',
      by: 'bot',
      channel: 'sms',
      text: "C'est noté Léa ! Nina te répond d'ici 2 min.",
      status: 'delivered',
      why,
    },
    {
      id: 'lea-9',
      seq: 9,
      at: at(now, 66_000),
      kind: 'brief',
      asked: 'HELP à j1-sms',
      answers: null,
      tried: 'le lien du dashboard, hier 18:30',
      suggest: 'Coucou Léa, tu vois quel écran ?',
      reason: 'help-j1',
      why: { rule: 'handoff' },
    },
  ];
}

function karim(now: number): Item[] {
  const why = { rule: 'step', flow: 'nurturing', step: 'j14-email' };
  return [
    {
      id: 'k-1',
      seq: 1,
      at: at(now, 30 * hourMs),
      kind: 'out',
      by: 'bot',
      channel: 'whatsapp',
      text: 'Bonjour Karim 👋\nAvez-vous pu vous connecter à votre dashboard MONA ?',
      buttons: [
        { id: 'yes', label: "C'est fait" },
        { id: 'help', label: "Besoin d'aide" },
      ],
      status: 'read',
      why,
    },
    {
      id: 'k-2',
      seq: 2,
      at: at(now, 29 * hourMs),
      kind: 'in',
      channel: 'whatsapp',
      text: "C'est fait",
      button: { payload: 'yes', text: "C'est fait" },
      answers: 'k-1',
      intent: 'yes',
      confidence: 1,
      rule: 'tap',
      why: { rule: 'tap' },
    },
    {
      id: 'k-3',
      seq: 3,
      at: at(now, 29 * hourMs),
      kind: 'out',
      by: 'bot',
      channel: 'whatsapp',
      text: 'Bravo Karim !',
      status: 'read',
      why,
    },
    {
      id: 'k-4',
      seq: 4,
      at: at(now, 13 * minuteMs),
      kind: 'in',
      channel: 'whatsapp',
      text: "Franchement l'offre à 390 c'est trop cher pour moi en ce moment, je ne sais pas si je continue",
      intent: 'other',
      confidence: 0.4,
      rule: 'none',
      why: { rule: 'R13' },
    },
    {
      id: 'k-5',
      seq: 5,
      at: at(now, 12.9 * minuteMs),
      kind: 'state',
      from: 'bot',
      to: 'waiting',
      by: 'bot',
      reason: 'complaint',
      why: { rule: 'handoff' },
    },
    {
      id: 'k-6',
      seq: 6,
      at: at(now, 9 * minuteMs),
      kind: 'state',
      from: 'waiting',
      to: 'coach',
      by: 'nina',
      byName: 'Nina',
      reason: null,
      why: { rule: 'coach' },
    },
    {
      id: 'k-7',
      seq: 7,
      at: at(now, 8 * minuteMs),
      kind: 'note',
      by: 'nina',
      byName: 'Nina',
      text: 'Budget serré depuis septembre. Lui parler du paiement en deux fois avant de descendre de formule.',
      why: { rule: 'coach' },
    },
    {
      id: 'k-8',
      seq: 8,
      at: at(now, 7 * minuteMs),
      kind: 'out',
      by: 'nina',
      byName: 'Nina',
      channel: 'whatsapp',
      text: 'Nina (MONA) : Bonjour Karim, je comprends. Est-ce le montant ou le moment qui vous bloque ?',
      status: 'delivered',
      why: { rule: 'coach' },
    },
    {
      id: 'k-9',
      seq: 9,
      at: at(now, 6 * minuteMs),
      kind: 'out',
      by: 'nina',
      byName: 'Nina',
      channel: 'sms',
      text: 'Je peux aussi vous appeler demain matin.',
      status: 'failed',
      reason: 'not_deliverable',
      why: { rule: 'coach' },
    },
  ];
}

const plain = (person: Person, text: string, now: number, ago: number): Item[] => [
  {
    id: `${person.id}-1`,
    seq: 1,
    at: at(now, ago + 3 * hourMs),
    kind: 'out',
    by: 'bot',
    channel: person.channel,
    text: `Hello ${person.name.split(' ')[0] ?? ''} 👋`,
    status: 'delivered',
    why: { rule: 'step' },
  },
  {
    id: `${person.id}-2`,
    seq: 2,
    at: at(now, ago),
    kind: 'in',
    channel: person.channel,
    text,
    intent: 'other',
    confidence: 0.5,
    rule: 'none',
    why: { rule: 'R13' },
  },
];

const said = (who: 'artist' | 'bot' | 'coach', text: string) => ({ who, text });

const crowd = (now: number, count: number): { person: Person; change: Partial<Row>; items: Item[] }[] =>
  Array.from({ length: count }, (_, index) => {
    const person: Person = {
      id: `a${index}`,
      name: `Artiste ${index + 1}`,
      channel: index % 3 === 0 ? 'whatsapp' : 'sms',
      plan: [null, 290, 390][index % 3] ?? null,
      city: 'Paris',
      genre: 'Pop',
      score: 50,
    };
    return {
      person,
      change: { preview: said('bot', 'Bonjour 👋'), lastAt: at(now, (index + 3) * hourMs) },
      items: plain(person, 'ok merci', now, (index + 3) * hourMs),
    };
  });

/** The cast's threads, as a busy Tuesday would show them. */
export function createCast(now: number): Map<string, Kept> {
  const [leaP, karimP, inesP, joP, camilleP] = people as [Person, Person, Person, Person, Person];
  const scenes = [
    {
      person: leaP,
      items: lea(now),
      change: {
        preview: said('artist', 'HELP'),
        waitingSince: at(now, 68_000),
        lastAt: at(now, 66_000),
        due: { at: at(now, -52_000), kind: 'promise' as const },
        unread: true,
        run: { flow: 'nurturing', step: 2, of: 7, name: 'j7-email', nextAt: null, channel: 'email' as const },
        own: { state: 'waiting', ownerId: null, ownerName: null, rev: 4, reason: 'help-j1', priority: 'vip' },
      } as Partial<Row>,
    },
    {
      person: inesP,
      items: plain(inesP, 'pk pas', now, 4 * minuteMs),
      change: {
        preview: said('artist', 'pk pas'),
        waitingSince: at(now, 4 * minuteMs),
        due: { at: at(now, -6 * minuteMs), kind: 'first' },
        unread: true,
        viewers: [{ id: 'sam', mode: 'typing', name: 'Sam' }],
        own: {
          state: 'waiting',
          ownerId: null,
          ownerName: null,
          rev: 2,
          reason: 'vip_wrote',
          priority: 'vip',
        },
      } as Partial<Row>,
    },
    {
      person: karimP,
      items: karim(now),
      change: {
        preview: said('coach', 'Je peux aussi vous appeler demain matin.'),
        waitingSince: at(now, 13 * minuteMs),
        due: { at: at(now, -190 * minuteMs), kind: 'next' },
        window: { closesAt: at(now, -200 * minuteMs) },
        draft: true,
        flags: ['failed'],
        run: { flow: 'nurturing', step: 4, of: 7, name: 'j15-sms' },
        own: {
          state: 'coach',
          ownerId: 'nina',
          ownerName: 'Nina',
          rev: 7,
          reason: 'complaint',
          priority: 'high',
        },
      } as Partial<Row>,
    },
    {
      person: joP,
      items: plain(joP, 'stop or what?', now, 70 * minuteMs),
      change: {
        preview: said('artist', 'stop ou encore ?'),
        waitingSince: at(now, 70 * minuteMs),
        due: { at: at(now, 5 * minuteMs), kind: 'first' },
        flags: ['soft_stop'],
        own: {
          state: 'waiting',
          ownerId: null,
          ownerName: null,
          rev: 1,
          reason: 'not-understood',
          priority: 'normal',
        },
      } as Partial<Row>,
    },
    {
      person: camilleP,
      items: plain(camilleP, 'Merci, je regarde ça ce week-end', now, 26 * hourMs),
      change: {
        preview: said('bot', 'Et si on reprenait là où tu en étais ?'),
        lastAt: at(now, 22 * hourMs),
        run: { flow: 'winback', step: 1, of: 3, name: 'j3-email' },
      } as Partial<Row>,
    },
    ...crowd(now, 130),
  ];
  return new Map(
    scenes.map(({ person, items, change }): [string, Kept] => {
      const row = rowOf(person, now, { ...change, seq: items.at(-1)?.seq ?? 0 });
      return [
        person.id,
        {
          row,
          items,
          artist: artistOf(person, now),
          future: person.plan === 290 ? nudges(now) : [],
          drafts: person.id === 'karim' ? { reply: 'Sinon, en deux fois sans frais, ça vous irait' } : {},
          can: {
            sms: person.id === 'camille' ? { reason: 'no_address' } : true,
            whatsapp: person.channel === 'whatsapp' ? true : { reason: 'window_closed' },
            email: person.id === 'jo' ? { reason: 'suppressed' } : true,
          },
          windows: row.window ? { whatsapp: row.window } : {},
        },
      ];
    }),
  );
}
