import { pick, type Chance } from './understanding-phrases.ts';

/* How people text: accents and apostrophes left out, words shortened, endings that sound alike, slips of the thumb. */

const shortened: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\bje veux\b/g, ['jveux', 'jveu', 'jve', 'jvx', 'je veu']],
  [/\bje suis\b/g, ['jsuis', 'chui', 'jss', 'chuis', 'jsui']],
  [/\bje peux\b/g, ['jpeux', 'jpeu', 'jpe']],
  [/\bje me\b/g, ['jme', 'jm']],
  [/\bje\b/g, ['j', 'jeu', 'je']],
  [/\bj'ai\b/g, ['jai', 'g', 'jé']],
  [/\bj'en\b/g, ['jen']],
  [/\bplus\b/g, ['plu', 'pu', '+', 'pluss']],
  [/\bpas\b/g, ['pa', 'ps']],
  [/\bvous\b/g, ['vs', 'vou', 'vous']],
  [/\bvos\b/g, ['vo', 'vos']],
  [/\bmessages?\b/g, ['msg', 'msgs', 'mess', 'mesages', 'message']],
  [/\bsms\b/g, ['SMS', 'sm', 'texto', 'sms']],
  [/\bde\b/g, ['d', 'de']],
  [/\bque\b/g, ['ke', 'k', 'q']],
  [/\bquoi\b/g, ['koi', 'quoi']],
  [/\bqui\b/g, ['ki']],
  [/\bc'est\b/g, ['c', 'cest', 'sait', 'cé']],
  [/\bça\b/g, ['sa', 'ca']],
  [/\bavec\b/g, ['avc', 'ac', 'av']],
  [/\bpour\b/g, ['pr', 'pour']],
  [/\bdans\b/g, ['ds']],
  [/\btoujours\b/g, ['tjr', 'tjrs']],
  [/\bcomment\b/g, ['cmt', 'comen', 'coment']],
  [/\bpourquoi\b/g, ['pk', 'pq', 'prk']],
  [/\bquelqu'un\b/g, ['qqn', 'qlq un', 'quelquun']],
  [/\bnuméro\b/g, ['num', 'numero', 'n°']],
  [/\btéléphone\b/g, ['tel', 'telephone']],
  [/\bmaintenant\b/g, ['mtn', 'mnt']],
  [/\bs'il vous plaît\b/g, ['svp', 's il vous plait', 'svp']],
  [/\bbeaucoup\b/g, ['bcp']],
  [/\btout\b/g, ['tt']],
  [/\bbonjour\b/g, ['bjr']],
  [/\brecevoir\b/g, ['resevoir', 'recevoire', 'reçevoir', 'rcv']],
  [/\benvoyer\b/g, ['envoyé', 'envoyez', 'envoier']],
  [/\benvoyez\b/g, ['envoyer', 'envoyé']],
  [/\bécrire\b/g, ['ecrir', 'ecrire']],
  [/\bplease\b/g, ['pls', 'plz', 'plss']],
  [/\byou\b/g, ['u', 'ya']],
  [/\byour\b/g, ['ur', 'yr']],
  [/\bare\b/g, ['r']],
  [/\btexts\b/g, ['txts', 'text', 'texts']],
  [/\btexting\b/g, ['textin', 'txting']],
  [/\bdon't\b/g, ['dont', 'dnt']],
  [/\bcan't\b/g, ['cant']],
  [/\bto\b/g, ['2', 'to']],
  [/\bmessages\b/g, ['msgs']],
  [/\bbecause\b/g, ['cuz']],
  [/\bwant to\b/g, ['wanna']],
  [/\bthanks\b/g, ['thx', 'tks']],
];

const bareAccents = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '');
const shorten = (text: string, chance: Chance): string =>
  shortened.reduce(
    (said, [long, short]) =>
      chance() < 0.6 && long.test(said) ? said.replaceAll(long, pick(short, chance)) : said,
    text,
  );
const soundAlike = (text: string, chance: Chance): string =>
  text.replaceAll(/(\p{L}{2,})(er|ez|é|és|ée)(?!\p{L})/gu, (whole, stem: string) =>
    chance() < 0.5 ? stem + pick(['er', 'ez', 'é', 'e', 'ait'], chance) : whole,
  );
const dropNegation = (text: string): string => text.replaceAll(/\b(ne |n')/g, '');
const noApostrophes = (text: string, chance: Chance): string =>
  text.replaceAll(/['’]/g, chance() < 0.5 ? '' : ' ');
const glueJe = (text: string): string => text.replaceAll(/\b([jmtld])e (?=[a-zéèàç])/g, '$1');

function slip(text: string, chance: Chance): string {
  const words = text.split(' ');
  const long = words.flatMap((word, at) => (/^\p{L}{5,}$/u.test(word) ? [at] : []));
  if (long.length === 0) return text;
  const at = pick(long, chance);
  const word = words[at] ?? '';
  const place = 1 + Math.floor(chance() * (word.length - 2));
  const before = word.slice(0, place);
  const letter = word[place] ?? '';
  const rest = word.slice(place + 1);
  const slips = [
    before + rest,
    before + letter + letter + rest,
    before + (rest[0] ?? '') + letter + rest.slice(1),
    before + pick([...'aeirstnlou'], chance) + rest,
  ];
  words[at] = pick(slips, chance);
  return words.join(' ');
}

function cased(text: string, chance: Chance): string {
  const at = chance();
  if (at < 0.08) return text.toUpperCase();
  if (at < 0.3) return text.slice(0, 1).toUpperCase() + text.slice(1);
  return at < 0.7 ? text.toLowerCase() : text;
}

/** The text as somebody in a hurry would type it; about a third stay as they are. */
export function misspell(text: string, chance: Chance): string {
  if (chance() < 0.35) return cased(text, chance);
  let said = text;
  if (chance() < 0.5) said = shorten(said, chance);
  if (chance() < 0.3) said = soundAlike(said, chance);
  if (chance() < 0.3) said = dropNegation(said);
  if (chance() < 0.2) said = glueJe(said);
  if (chance() < 0.6) said = bareAccents(said);
  if (chance() < 0.5) said = noApostrophes(said, chance);
  if (chance() < 0.3) said = slip(said, chance);
  if (chance() < 0.1) said = slip(said, chance);
  if (chance() < 0.3) said = said.replaceAll(/[,.;!?]/g, '');
  return cased(said.trim(), chance);
}
