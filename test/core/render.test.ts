import { describe, expect, test } from 'vitest';
import { isRecord } from '../../src/core/entry.ts';
import { isUnrendered } from '../../src/core/render.ts';
import type { RunState } from '../../src/core/run.ts';
import { createWords, placeholdersOf } from '../../src/core/words.ts';
import {
  aClient,
  body,
  keywords,
  noon,
  offDuty,
  ownComeback,
  rendered,
  samples,
  trees,
  without,
  words,
} from '../support/render.ts';

const nobody = aClient({ firstName: null });
const traits = (over: Record<string, unknown>): ReturnType<typeof aClient> =>
  aClient({ traits: { ...samples.traits, ...over } });

describe('the report of J28 on WhatsApp', () => {
  const asked = (...sections: string[]) => {
    const { text, buttons, template } = body('nurturing', 'j28-email', 'whatsapp', {
      words: { sections },
      policy: { isWindowOpen: false },
    });
    return {
      isAsking: text.includes('choisir'),
      buttons: buttons?.map(({ id }) => id),
      template: template?.name,
    };
  };

  test('offers what its parts offer, each choice under a template of its own', () => {
    expect(asked('options', 'vip')).toEqual({
      isAsking: true,
      buttons: ['solo', 'plan390', 'plan490'],
      template: 'mona_j28:fr:tu',
    });
    expect(asked('options')).toEqual({
      isAsking: true,
      buttons: ['solo', 'plan390'],
      template: 'mona_j28_two:fr:tu',
    });
  });

  test('asks nothing where nothing may be sold: no button without its question', () => {
    expect(asked()).toEqual({ isAsking: false, buttons: [], template: 'mona_j28_report:fr:tu' });
  });
});

describe('a first name nobody told us (§19.10)', () => {
  test.each([
    ['nurturing', 'j0-email', "🎉 Bienvenue dans l'aventure MONA !", 'Félicitations !'],
    ['nurturing', 'j7-email', '📊 Vos premiers résultats après 1 semaine', 'Salut !'],
    [
      'nurturing',
      'j14-email',
      '🏆 À mi-parcours, vous impressionnez déjà !',
      'On est à mi-chemin et franchement... chapeau ! 👏',
    ],
    [
      'nurturing',
      'j21-email',
      "🎯 Plus qu'1 semaine pour maximiser vos résultats",
      "Plus qu'une semaine avant la fin de votre parcours MONA 290€...",
    ],
    ['nurturing', 'j28-email', '🏁 Votre bilan final MONA est arrivé !', 'Bravo ! 🎉'],
    ['winback', 'j0-email', 'On vous a perdu en route... 😔', 'Salut,'],
    ['welcome', 'j0-email', '🎵 Votre diagnostic MONA arrive dans 2 min !', 'Salut !'],
    ['welcome', 'j5-email', '⏰ Votre appel stratégie gratuit', 'Salut,'],
  ])('%s.%s greets without one', (flow, key, subject, greeting) => {
    const mail = body(flow, key, 'email', { contact: nobody });
    expect(mail.subject).toBe(subject);
    expect(mail.text.split('\n')[0]).toBe(greeting);
  });

  test.each([
    ['nurturing', 'j1-sms', 'Salut ! 👋'],
    ['nurturing', 'j15-sms', '🚀 Ton évolution impressionne !'],
    ['winback', 'j5-sms', "Dernière fois que je t'écris..."],
    ['welcome', 'j0-sms', '🎪 Salut ! Ton audit MONA est en cours...'],
    ['welcome', 'j6-sms', '🔥 Plus que 3 créneaux dispo, le prochain demain 14h, pour ton appel gratuit !'],
  ])('%s.%s too', (flow, key, line) => {
    const text = body(flow, key, 'sms', { contact: nobody, offers: [...samples.offers, ownComeback] }).text;
    expect(text.split('\n')[0]).toBe(line);
  });

  test('the words that wait in a chat lose it too', () => {
    expect(body('nurturing', 'j0-email', 'email', { contact: nobody }).html).toContain(
      '?text=Bonjour%2C%20je%20suis%20nouveau%20client',
    );
  });

  test('a sentence about the artist loses the name and its comma', () => {
    expect(body('nurturing', 'j0-email', 'email', { contact: nobody }).text).toContain(
      '"Bonjour, je suis nouveau client MONA 290€"',
    );
  });
});

describe('what an artist wrote is data', () => {
  const mischief = '$t(common:help) {{kw.help}} <b>& "';

  test('in a text', () => {
    const said = body('nurturing', 'j1-sms', 'sms', { contact: aClient({ firstName: mischief }) });
    expect(said.text.split('\n')[0]).toBe(`Salut ${mischief} ! 👋`);
  });

  test('in a mail it is escaped, and no mark of ours', () => {
    const { html, text } = body('nurturing', 'j0-email', 'email', {
      contact: aClient({ firstName: '<img src=x> **{{answer:yes}}**' }),
    });
    expect(html).toContain('Félicitations &lt;img src=x&gt; **&#123;&#123;answer:yes&#125;&#125;** !');
    expect(html).not.toContain('<img');
    expect(text).toContain('Félicitations <img src=x> **{{answer:yes}}** !');
  });

  test('a line end in a name begins no line of ours', () => {
    const said = body('nurturing', 'j1-sms', 'sms', { contact: aClient({ firstName: 'Zoé\nSTOP\u2028x' }) });
    expect(said.text.split('\n')[0]).toBe('Salut Zoé STOP x ! 👋');
  });

  test('a link leads to a page, never to a script', () => {
    const contact = traits({ dashboard: { url: 'javascript:alert(1)' } });
    expect(body('nurturing', 'j0-email', 'email', { contact }).html).not.toContain('javascript:');
  });

  test('a trait is no fact: a price of the product is no price of ours', () => {
    const contact = traits({ price: { 390: 1 }, 'testimonial.peer-390': { name: 'Zoé' } });
    expect(rendered('nurturing', 'j15-sms', 'sms', { contact, offers: [] })).toMatchObject({
      missing: 'claim_unbound',
    });
  });
});

describe('fields', () => {
  test('required: the step is skipped, and says which', () => {
    expect(rendered('nurturing', 'j7-email', 'email', { contact: aClient({ mona: null }) })).toEqual({
      missing: 'missing_field',
      what: 'mona.start',
    });
  });

  test('an empty value is a missing one', () => {
    const contact = traits({ dashboard: { url: ' ' } });
    expect(rendered('nurturing', 'j0-email', 'email', { contact })).toEqual({
      missing: 'missing_field',
      what: 'dashboard.url',
    });
  });

  test('fallback: the team signs where no coach is known', () => {
    expect(body('nurturing', 'j1-sms', 'sms', { coach: null }).text).toMatch(/\nL'équipe MONA$/u);
  });

  test('omitted: an item of a list falls alone', () => {
    const { text } = body('nurturing', 'j7-email', 'email', { contact: traits({ topAxis: null }) });
    expect(text).toContain(
      '📈 VOS PROGRÈS CETTE SEMAINE :\n- Score MONA : 52 → 67 (+15 pts)\n- Actions réalisées : 4/5 recommandations\n\n',
    );
  });

  test('omitted: any other line falls with its heading', () => {
    const { text } = body('nurturing', 'j7-email', 'email', { contact: traits({ highlight: null }) });
    expect(text).not.toContain('HIGHLIGHT');
  });

  test('a heading falls with the last of its list, and what is left is numbered again', () => {
    expect(body('nurturing', 'j21-email', 'email', { contact: traits({ actions: {} }) }).text).not.toContain(
      'DERNIER SPRINT',
    );
    const two = body('nurturing', 'j21-email', 'email', {
      contact: traits({ actions: [null, 'Écrire', 'Filmer'] }),
    });
    expect(two.text).toContain('BEAUTÉ :\n1. Écrire\n2. Filmer\n');
  });

  test('no figure without its fact: 47 €, +10 pts', () => {
    const { text } = body('nurturing', 'j0-email', 'email', { offers: without('asset.listPrice') });
    expect(text).toContain('- Template Instagram "Pro Creator"\n');
    const focus = body('nurturing', 'j7-email', 'email', {
      contact: traits({ focusAction: { name: 'vos reels' } }),
    });
    expect(focus.text).toContain('Concentrez-vous sur vos reels.');
  });

  test('undeclared: blocked', () => {
    const lookup = createWords({ fr: { nurturing: { 'j1-sms': { sms: { text: 'Salut {{nom}}' } } } } });
    expect(rendered('nurturing', 'j1-sms', 'sms', { lookup, words: { claims: [] } })).toEqual({
      missing: 'render',
      what: 'nom',
    });
  });

  test('no words: blocked, and none are borrowed from another language', () => {
    expect(rendered('nurturing', 'j9-sms', 'sms')).toEqual({
      missing: 'words_missing',
      what: 'nurturing:j9-sms.sms',
    });
    const lookup = createWords({ fr: trees.fr });
    expect(
      rendered('nurturing', 'j1-sms', 'sms', { lookup, contact: aClient({ locale: 'en' }) }),
    ).toMatchObject({ missing: 'words_missing' });
  });
});

describe('claims', () => {
  test('nobody on duty: no "en 2 min"', () => {
    expect(body('nurturing', 'j1-sms', 'sms', { duty: offDuty }).text).toContain(
      "je t'aide dès demain matin 😉",
    );
  });

  test('a testimonial without its record leaves with its section', () => {
    expect(
      body('nurturing', 'j7-email', 'email', { offers: without('testimonial.marie') }).text,
    ).not.toContain('SUCCESS STORY');
  });

  test('a text that was all about one person does not leave without them', () => {
    expect(rendered('nurturing', 'j15-sms', 'sms', { offers: without('testimonial.peer-390') })).toEqual({
      missing: 'claim_unbound',
      what: 'testimonial.peer-390.name',
    });
  });

  test('"hier" only of the last 36 hours', () => {
    const old = {
      name: 'Lisa',
      result: 'intro avec un A&R Universal',
      occurredAt: new Date(noon.getTime() - 37 * 3_600_000),
    };
    const offers = samples.offers.map((offer) =>
      offer.key === 'testimonial.peer-390' ? { ...offer, value: old } : offer,
    );
    expect(body('nurturing', 'j15-sms', 'sms', { offers }).text).toContain('Universal récemment 😱');
  });

  test('no price: the offer falls, the report leaves (§19.8)', () => {
    const offers = without('price.390');
    expect(rendered('nurturing', 'j14-email', 'email', { offers })).toMatchObject({
      missing: 'claim_unbound',
    });
    const core = body('nurturing', 'j14-email', 'email', { offers, words: { sections: [] } });
    expect(core.text).toContain('📊 BILAN 15 JOURS :');
    expect(`${core.text}${core.html ?? ''}`).not.toContain('OPPORTUNITÉ');
    expect(core.buttons).toEqual([]);
  });

  test('no outcomes measured: none told', () => {
    const { text } = body('nurturing', 'j14-email', 'email', { offers: without('stat.upsell_outcomes') });
    expect(text).not.toContain('décroché');
    expect(text).toContain("Ça vous intéresse d'en savoir plus ?");
  });

  test('the story may not be told: the plan stands on its own', () => {
    const mail = body('winback', 'j3-email', 'email', { offers: without('testimonial.marc') });
    expect(mail.subject).toBe('Camille, votre comeback plan est prêt');
    expect(mail.text).not.toContain('Marc');
    expect(mail.text).toContain('✅ -50% sur votre prochain service MONA');
  });

  test('no plan to come back to: nothing is sent', () => {
    expect(rendered('winback', 'j3-email', 'email', { offers: without('offer.comeback') })).toMatchObject({
      missing: 'claim_unbound',
    });
    expect(rendered('winback', 'j5-sms', 'sms')).toMatchObject({
      missing: 'claim_unbound',
      what: 'offer.comeback.endsAt.day',
    });
  });

  test('a line of a text falls alone', () => {
    const offers = [...without('testimonial.marc'), ownComeback];
    expect(body('winback', 'j5-sms', 'sms', { offers }).text.split('\n')).toEqual([
      "Camille, dernière fois que je t'écris...",
      'Ton comeback plan expire demain 😔',
      'Tes rêves méritent une 2ème chance non ?',
      'https://mona.example/l/comeback ou réponds STOP',
    ]);
  });

  test('a declared claim that nothing shows holds the text back', () => {
    expect(rendered('nurturing', 'j1-bravo', 'sms', { words: { claims: ['stat.nothing'] } })).toEqual({
      missing: 'claim_unbound',
      what: 'stat.nothing',
    });
  });
});

describe('slots of calls', () => {
  const slots = (value: object): ReturnType<typeof without> => [
    ...without('slots'),
    { key: 'slots', kind: 'slots', value, asOf: noon, maxAgeMs: 60_000 },
  ];
  const tomorrow = new Date('2027-03-03T15:30:00Z');
  const gone = new Date('2027-03-02T10:00:00Z');

  test.each([
    [{ remaining: 1, times: [gone, tomorrow] }, "plus qu'1 créneau dispo demain 16h30"],
    [{ remaining: 4, times: [tomorrow] }, 'plus que 4 créneaux dispo, le prochain demain 16h30'],
    [{ remaining: 9, times: [tomorrow] }, 'prochain créneau demain 16h30'],
    [{ times: [tomorrow] }, 'prochain créneau demain 16h30'],
  ])('%j', (value, text) => {
    expect(body('welcome', 'j6-sms', 'sms', { offers: slots(value) }).text).toContain(text);
  });

  test('none left, none said', () => {
    const offers = slots({ remaining: 2, times: [gone] });
    expect(rendered('welcome', 'j6-sms', 'sms', { offers })).toMatchObject({ missing: 'claim_unbound' });
    expect(rendered('welcome', 'j5-email', 'email', { offers })).toMatchObject({ missing: 'claim_unbound' });
  });

  test('no date of the audit: the day of its mail', () => {
    const run = {
      plan: [{ stepId: 'j3-email', baseAt: new Date('2027-03-05T08:30:00Z'), dueAt: null, reasons: [] }],
      done: {},
      entry: {},
    } as unknown as RunState;
    const { text } = body('welcome', 'j0-email', 'email', { run, contact: traits({ audit: {} }) });
    expect(text).toContain('PS : Votre diagnostic vous arrive vendredi. Gardez un œil sur vos emails !');
  });
});

describe('forms', () => {
  test('nothing rose: no praise', () => {
    const contact = aClient({ mona: { score: 50, start: 52, at: noon } });
    for (const key of ['j7-email', 'j14-email', 'j28-email']) {
      expect(body('nurturing', key, 'email', { contact }).text).not.toMatch(
        /\+-|chapeau|impressionn|les résultats sont là/u,
      );
    }
    expect(body('nurturing', 'j21-email', 'email', { contact }).text).toContain('Progression : -2 pts');
  });

  test('past the bar already', () => {
    const contact = aClient({ mona: { score: 75, start: 52, at: noon } });
    expect(body('nurturing', 'j21-email', 'email', { contact }).text).toContain(
      "vous l'avez déjà franchie !",
    );
  });

  test('no end within a week: no "plus qu\'une semaine"', () => {
    const contact = aClient({ planSince: noon });
    expect(body('nurturing', 'j21-email', 'email', { contact }).text).not.toMatch(/Plus qu/u);
  });

  test('two options: no "3 options"', () => {
    const { text } = body('nurturing', 'j28-email', 'email', { words: { sections: ['options'] } });
    expect(text).toContain('Selon votre profil, voici vos options :');
    expect(text).not.toContain('OPTION 3');
  });
});

describe('SMS', () => {
  test('marketing ends with the way out, unless the words offer it', () => {
    const policy = { class: 'marketing' } as const;
    expect(body('nurturing', 'j15-sms', 'sms', { policy }).text).toMatch(/\nSTOP 36180$/u);
    expect(
      body('winback', 'j5-sms', 'sms', { policy, offers: [...samples.offers, ownComeback] }).text,
    ).toMatch(/ou réponds STOP$/u);
    expect(body('nurturing', 'j15-sms', 'sms').text).not.toContain('STOP');
  });

  test('prints AIDE where the carrier answers HELP', () => {
    const policy = {
      keywords: { ...keywords, senders: { sms: { optOut: 'advanced', help: 'carrier' } } },
    } as const;
    expect(body('nurturing', 'j1-sms', 'sms', { policy }).text).toContain('réponds "AIDE"');
  });

  test('has no buttons', () => {
    expect(body('nurturing', 'j1-sms', 'sms').buttons).toBeUndefined();
  });
});

describe('WhatsApp', () => {
  test('in the window: text and titles', () => {
    const said = body('nurturing', 'j1-sms', 'whatsapp');
    expect(said.buttons).toEqual([
      { id: 'yes', label: "C'est fait" },
      { id: 'help', label: "Besoin d'aide" },
    ]);
    expect(said.template).toBeUndefined();
  });

  test('window shut: the approved text and its variables', () => {
    const policy = { isWindowOpen: false };
    expect(body('nurturing', 'j1-sms', 'whatsapp', { policy }).template).toEqual({
      name: 'mona_j1:fr:tu',
      variables: { '1': 'Camille', '2': 'Nina' },
    });
    expect(body('nurturing', 'j1-sms', 'whatsapp', { policy, duty: offDuty }).template?.name).toBe(
      'mona_j1_off_duty:fr:tu',
    );
  });

  test('no approved text greets nobody', () => {
    expect(
      body('nurturing', 'j1-sms', 'whatsapp', { policy: { isWindowOpen: false }, contact: nobody }).template,
    ).toBeNull();
  });

  test('an answer falls with its section', () => {
    const said = body('nurturing', 'j28-email', 'whatsapp', { words: { sections: ['options'] } });
    expect(said.buttons?.map(({ id }) => id)).toEqual(['solo', 'plan390']);
  });
});

describe('e-mail', () => {
  test('an answer is a marked page, a link is a link', () => {
    const { html, text, buttons } = body('nurturing', 'j14-email', 'email');
    expect(html).toContain('href="https://mona.example/a/{{answer:yes}}"');
    expect(text).toContain('[OUI, PARLONS-EN] https://mona.example/a/{{answer:yes}}');
    expect(buttons).toEqual([
      { id: 'yes', label: 'OUI, PARLONS-EN' },
      { id: 'no', label: 'NON, JE CONTINUE COMME ÇA' },
    ]);
    expect(body('nurturing', 'j7-email', 'email').html).toContain('href="https://mona.example/l/stats"');
  });

  test('the options that stand in a report are answers to it', () => {
    const { text, buttons } = body('nurturing', 'j28-email', 'email', { words: { sections: ['options'] } });
    expect(buttons?.map(({ id }) => id)).toEqual(['solo', 'plan390']);
    expect(text).toContain('🔵 OPTION 1 : Continuer seul(e) (https://mona.example/a/{{answer:solo}})');
    expect(text).toContain('[DÉCOUVRIR MES OPTIONS] https://mona.example/l/options');
  });

  test('the coach is one tap away, with the words ready', () => {
    expect(body('nurturing', 'j0-email', 'email').html).toContain(
      'https://wa.me/33639980010?text=Bonjour%2C%20je%20suis%20Camille%2C%20nouveau%20client%20MONA%20290%E2%82%AC',
    );
  });

  test('both parts say the same words', () => {
    const { html = '', text } = body('nurturing', 'j28-email', 'email', {
      contact: aClient({ mona: { score: 78, start: 52, at: noon } }),
    });
    const wordsOf = (one: string): string[] =>
      one.replace(/https?:\/\/[^\s"<]+/gu, ' ').match(/[\p{L}\p{N}€%]+/gu) ?? [];
    const shown = (html ?? '')
      .replace(/<[^>]+>/gu, ' ')
      .replace(/&#39;/gu, "'")
      .replace(/&quot;/gu, '"')
      .replace(/&amp;/gu, '&');
    const isMark = (word: string): boolean => !/^\d$/u.test(word);
    expect(wordsOf(shown).filter(isMark)).toEqual(wordsOf(text).filter(isMark));
  });

  test('marketing ends with who writes and the way out', () => {
    const { html, text } = body('winback', 'j0-email', 'email', { policy: { class: 'marketing' } });
    expect(text).toMatch(
      /Vous recevez ce mail de MONA x SPARK\. \[Ne plus recevoir ces mails\] https:\/\/mona\.example\/u\/\{\{unsubscribe\}\}$/u,
    );
    expect(html).toContain('href="https://mona.example/u/{{unsubscribe}}"');
  });
});

describe('the house speaks', () => {
  const inHandoff = {
    handoff: { since: noon, due: [{ kind: 'promise', at: new Date(noon.getTime() + 120_000) }] },
    entry: {},
  } as unknown as RunState;

  test.each([
    ['promise', { run: inHandoff }, "C'est noté Camille ! Nina te répond d'ici 2 min."],
    ['promise', {}, "C'est noté Camille ! Nina te répond dès que possible."],
    ['handoff', {}, "Je passe ton message à Nina, réponse d'ici 2 h."],
    [
      'off-duty',
      {},
      "C'est noté. L'équipe répond du lundi au vendredi, 9 h–19 h : ta réponse arrive demain à 9h. En attendant : https://mona.example/l/help",
    ],
    ['coach-late', {}, "Pardon, on a du retard. Nina te répond dès que possible, tu n'as rien à faire."],
    ['snooze-promise', { fields: { when: 'demain à 9h' } }, 'Nina te répond demain à 9h.'],
    ['start-hint', {}, 'Réponds START pour recevoir à nouveau nos messages.'],
    ['confirm-yes', {}, 'Tu veux dire OUI ?'],
    ['pick-one', { fields: { choices: ['yes', 'no'] } }, "Je n'ai pas bien compris. Réponds : OUI ou NON."],
    ['coach-prefix', {}, 'Nina (MONA) :'],
  ])('%s', (key, asked, text) => {
    expect(body('common', key, 'sms', asked).text).toBe(text);
  });

  test('the choices of a question in its own words, else by number', () => {
    const fields = { choices: ['solo', 'plan390', 'human'], question: 'j28-email' };
    expect(body('common', 'pick-one', 'sms', { fields }).text).toContain('Réponds : 1, 2 ou COACH.');
    const named = {
      fields: { choice: 'plan390', question: 'j28-email' },
      policy: { asking: { words, flow: 'nurturing' } },
    };
    expect(body('common', 'confirm-choice', 'sms', named).text).toBe('Tu veux dire 2 ?');
  });

  test('its first answer says what it is, and how to reach a person', () => {
    const policy = { introduces: true };
    expect(body('common', 'glad', 'sms', { policy }).text).toMatch(
      /\nJe suis l'assistant automatique de MONA\. Réponds COACH pour parler à une personne\.$/u,
    );
    expect(body('common', 'handoff', 'sms', { policy }).text).toMatch(
      /\nCeci est un message automatique de MONA\.$/u,
    );
    expect(body('common', 'not-understood', 'sms', { policy }).text).toMatch(
      /\nCeci est un message automatique de MONA\.$/u,
    );
    expect(body('common', 'danger', 'sms', { policy }).text).not.toContain('automatique');
  });

  test('help where the artist is', () => {
    expect(body('common', 'danger', 'sms').text).toContain('3114');
    expect(body('common', 'danger', 'sms', { contact: aClient({ country: 'GB' }) }).text).toContain(
      '116 123',
    );
    expect(body('common', 'danger', 'sms', { contact: aClient({ country: 'BE' }) }).text).toContain(
      'findahelpline.com',
    );
  });
});

/* Every key, channel, register and language. */
const channels = ['sms', 'whatsapp', 'email'] as const;
const flows = ['common', 'nurturing', 'winback'] as const;
const all = (['fr', 'en'] as const).flatMap((locale) =>
  flows.flatMap((flow) =>
    Object.entries(trees[locale][flow] as Record<string, unknown>).flatMap(([key, tree]) =>
      channels
        .filter((channel) => isRecord(tree) && channel in tree)
        .map((channel) => ({ locale, flow, key, channel })),
    ),
  ),
);
const rich = {
  choices: ['yes', 'no'],
  choice: 'yes',
  when: 'demain',
  how: 'ended',
  until: new Date('2026-03-09T08:00:00Z'),
  topic: 'ta maquette',
};

describe('every text in every register', () => {
  test.each(all)('$locale $flow:$key $channel', ({ locale, flow, key, channel }) => {
    if (key === 'assistant' || key === 'mail-footer') return;
    for (const register of ['tu', 'vous'] as const) {
      for (const contact of [aClient({ locale, register }), aClient({ locale, register, firstName: null })]) {
        const said = rendered(flow, key, channel, {
          contact,
          fields: rich,
          offers: [...samples.offers, ownComeback],
          links: { preferences: '/l/preferences' },
        });
        if (isUnrendered(said)) throw new Error(`${register}: ${said.missing} ${said.what}`);
        const shown = `${said.subject ?? ''}\n${said.text}\n${said.html ?? ''}`.replace(
          /\{\{(?:answer:[a-z0-9-]+|unsubscribe)\}\}/gu,
          '',
        );
        expect(shown).not.toMatch(/\{\{|\}\}|undefined|NaN|\[Prénom|\bXX\b| ,|\( *\)|\n,|[^\n]  +[^\n]/u);
      }
    }
  });

  test('WhatsApp titles fit', () => {
    for (const { locale, flow, key, channel } of all.filter((one) => one.channel === 'whatsapp')) {
      for (const { label } of body(flow, key, channel, { contact: aClient({ locale }), fields: rich })
        .buttons ?? []) {
        expect([...label].length, label).toBeLessThanOrEqual(20);
        expect(label).not.toContain('…');
      }
    }
  });
});

/** Texts of a tree by dotted path. */
function texts(tree: unknown, path = ''): [string, string][] {
  if (typeof tree === 'string') return [[path, tree]];
  return isRecord(tree) ? Object.entries(tree).flatMap(([key, one]) => texts(one, `${path}.${key}`)) : [];
}

describe('registers and languages agree', () => {
  const french = flows.flatMap((flow) => texts(trees.fr[flow], flow));
  const isVous = ([path]: [string, string]): boolean => path.endsWith('_vous');
  const hasTwin = ([path]: [string, string]): boolean => french.some(([other]) => other === `${path}_vous`);
  /** Two people at once: the artist and the one they are put in touch with. */
  const plural = 'Je peux vous connecter';

  test('vous is never tu', () => {
    for (const [path, text] of french.filter(isVous))
      expect(text, path).not.toMatch(/(?<![\p{L}'])(?:tu|toi|te|ton|ta|tes|t')(?![\p{L}])/iu);
  });

  test('tu is never vous', () => {
    for (const [path, text] of french.filter(hasTwin))
      expect(text.replace(plural, ''), path).not.toMatch(/(?<!\p{L}|rendez-)(?:vous|votre|vos)(?!\p{L})/iu);
  });

  test('a text has the same placeholders in both', () => {
    for (const [path, text] of french.filter(isVous)) {
      const twin = french.find(([other]) => other === path.replace(/_vous$/u, ''));
      expect(placeholdersOf(twin?.[1] ?? ''), path).toEqual(placeholdersOf(text));
    }
  });

  test('English has every text of the French, with the same placeholders', () => {
    const english = new Map(flows.flatMap((flow) => texts(trees.en[flow], flow)));
    for (const [path, text] of french.filter((one) => !isVous(one) && !/\.words\./u.test(one[0]))) {
      expect(english.has(path), path).toBe(true);
      const said = new Set(placeholdersOf(english.get(path) ?? ''));
      const missing = placeholdersOf(text).filter(
        (one) => !said.has(one) && one !== 'testimonial.marie.went',
      );
      expect(missing, path).toEqual([]);
    }
  });
});
