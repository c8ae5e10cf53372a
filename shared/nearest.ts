/** The one of `words` that `word` is most likely a misspelling of, if any is near enough. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map(each => ({ each, steps: distance(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, steps }) => steps < each.length && steps <= Math.max(1, each.length / 3))
    .sort((a, b) => a.steps - b.steps)
  return best?.each
}

/** Insertions, deletions, substitutions and swaps of neighbours between `a` and `b`: optimal string alignment distance. */
function distance(a: string, b: string): number {
  const [from, to] = [[...a], [...b]]
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of from.entries()) {
    const next = [index + 1]
    for (const [at, other] of to.entries()) {
      const isSwapped = letter === to[at - 1] && other === from[index - 1]
      next.push(
        Math.min(
          (next[at] ?? 0) + 1,
          (row[at + 1] ?? 0) + 1,
          (row[at] ?? 0) + (letter === other ? 0 : 1),
          isSwapped ? (before[at - 1] ?? Infinity) + 1 : Infinity,
        ),
      )
    }
    before = row
    row = next
  }
  return row.at(-1) ?? 0
}
