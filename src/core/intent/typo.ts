/*
 * One slip of the thumb in a one-word message: two letters swapped, one doubled or missing, or the key beside. A word
 * that exists is no slip: `shop`, `step` and `spot` are words.
 */

const rows = ['azertyuiop', 'qsdfghjklm', 'wxcvbn', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

const beside = new Map<string, Set<string>>();
for (const row of rows) {
  for (let at = 0; at < row.length; at += 1) {
    const key = row[at] ?? '';
    const near = beside.get(key) ?? new Set<string>();
    for (const other of [row[at - 1], row[at + 1]]) if (other) near.add(other);
    beside.set(key, near);
  }
}

const realWords = new Set(
  (
    'shop step spot stoc stock stow atop top chop slop stomp store story strop setup soap stamp trop sport sort ' +
    'tart stat stars state static starts smart chart harp heap hello held hemp hell kelp yelp shelp whelp heal ' +
    'aider aimer vide ride bide aida arrive arrivee barre carre marre mot moi toi soi sots pots lots dots spots ' +
    'quid quiz suit quick quiet endl lend send bend fend tend mend cancer candle remote remorse removes info into infor ' +
    'stops stopped coache coaches poach couch cloche roach beach humains humaine urbain demain'
  ).split(' '),
);

/** Whether `word` is `target` with one slip. Both are plain words. */
export function isSlip(word: string, target: string): boolean {
  if (word === target || word.length < 4 || realWords.has(word) || Math.abs(word.length - target.length) > 1)
    return false;
  let at = 0;
  while (at < word.length && word[at] === target[at]) at += 1;
  const rest = (text: string, from: number): string => text.slice(from);
  if (word.length === target.length) {
    const isSwap =
      word[at] === target[at + 1] &&
      word[at + 1] === target[at] &&
      rest(word, at + 2) === rest(target, at + 2);
    const isNear =
      (beside.get(target[at] ?? '')?.has(word[at] ?? '') ?? false) &&
      rest(word, at + 1) === rest(target, at + 1);
    return isSwap || isNear;
  }
  if (word.length < target.length) return target.length >= 5 && rest(word, at) === rest(target, at + 1);
  const extra = word[at] ?? '';
  const isDouble = extra === word[at - 1] || extra === word[at + 1];
  const isBrushed =
    (beside.get(word[at - 1] ?? '')?.has(extra) ?? false) ||
    (beside.get(word[at + 1] ?? '')?.has(extra) ?? false);
  return rest(word, at + 1) === rest(target, at) && (isDouble || isBrushed);
}

/** Whether one letter more, less, other or swapped makes `word` of `target`, wherever the keys are. */
export function isOneOff(word: string, target: string): boolean {
  let at = 0;
  while (at < word.length && at < target.length && word[at] === target[at]) at += 1;
  let tail = 0;
  const most = Math.min(word.length, target.length) - at;
  while (tail < most && word[word.length - 1 - tail] === target[target.length - 1 - tail]) tail += 1;
  const left = word.length - at - tail;
  const right = target.length - at - tail;
  if (left <= 1 && right <= 1) return true;
  return left === 2 && right === 2 && word[at] === target[at + 1] && word[at + 1] === target[at];
}
