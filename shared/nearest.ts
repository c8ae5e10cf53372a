/** The one of `words` that `word` was most likely meant to be, if any is near enough to be worth naming. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map(each => ({ each, steps: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, steps }) => steps < each.length && steps <= Math.max(1, each.length / 3))
    .sort((a, b) => a.steps - b.steps)
  return best?.each
}

/** How many letters must be put in, left out or changed to get from `a` to `b`: Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1]
    for (const [at, other] of [...b].entries())
      next.push(
        Math.min(
          (next[at] ?? 0) + 1,
          (row[at + 1] ?? 0) + 1,
          (row[at] ?? 0) + (letter === other ? 0 : 1),
        ),
      )
    row = next
  }
  return row.at(-1) ?? 0
}
