/** Fewer characters than this are guessed (inbox.md §11). */
export const leastCharacters = 12;
/** More is no password: hashing it would only cost. */
const mostCharacters = 200;
const leastDifferent = 5;
/** What is left once the words everybody tries first are taken away must still be worth something. */
const leastLeft = 4;
/** Shorter parts of a name stand in too many other words. */
const leastPart = 3;

/** Why a password is not taken; words under `reason.password_<code>` of the pages. */
export type PasswordWeakness = 'short' | 'long' | 'plain' | 'common' | 'personal';

/** Words and runs of keys that lists of stolen passwords begin with, in our two languages, and our own name. */
const common =
  /motdepasse|password|passw0rd|azertyuiop|qwertyuiop|azerty|qwerty|bonjour|bienvenue|welcome|letmein|iloveyou|jetaime|soleil|doudou|admin|mona|spark|coach|abcdefgh|(?:0?123456789|987654321)0?|12345678?|(.)\1{3,}/gu;

const bare = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Parts of a name or an address that say whose password this is. */
function ownParts({ email, name }: PasswordOwner): readonly string[] {
  return `${bare(email)} ${bare(name)}`.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length >= leastPart);
}

export interface PasswordOwner {
  readonly email: string;
  readonly name: string;
}

/**
 * What is wrong with a password, or null. The rule is stated beside the field: twelve characters at least, not one of the
 * words everybody tries, not its owner's name. No classes of characters are asked for: length is what resists guessing.
 */
export function weaknessOf(password: string, owner: PasswordOwner): PasswordWeakness | null {
  const length = [...password].length;
  if (length < leastCharacters) return 'short';
  if (length > mostCharacters) return 'long';
  const text = bare(password);
  if (new Set(text).size < leastDifferent) return 'plain';
  if (leftOf(text.replace(common, '')) < leastLeft) return 'common';
  const anonymous = ownParts(owner).reduce((rest, part) => rest.replaceAll(part, ''), text);
  return anonymous !== text && leftOf(anonymous) < leastLeft ? 'personal' : null;
}

const leftOf = (text: string): number => text.replace(/[^\p{L}]/gu, '').length;
