/** Of a name's letters, so many may be wrong at most. */
const MOST_WRONG_SHARE = 0.4;
const MOST_WRONG = 3;

/**
 * The name that was probably meant: the one that begins so, where only one does, or the one with the
 * fewest letters wrong.
 *
 * @returns `null` where none is near.
 */
export function nearest(typed: string, names: readonly string[]): string | null {
  const begun = names.filter((name) => name.startsWith(typed));
  if (begun.length === 1) return begun[0]!;
  const most = Math.min(MOST_WRONG, Math.floor(typed.length * MOST_WRONG_SHARE));
  const [best] = names
    .map((name) => ({ name, wrong: wrongLetters(typed, name) }))
    .filter(({ wrong }) => wrong <= most)
    .sort((a, b) => a.wrong - b.wrong);
  return best?.name ?? null;
}

/** How many letters are to be put in, left out, changed, or swapped with the next one (Damerau). */
function wrongLetters(from: string, to: string): number {
  let [before, last] = [[] as number[], Array.from({ length: to.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let wrong = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        wrong = Math.min(wrong, before[j - 2]! + 1);
      }
      row.push(wrong);
    }
    [before, last] = [last, row];
  }
  return last[to.length]!;
}
