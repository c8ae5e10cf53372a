/** Lines beyond which two texts are shown whole instead of compared, which takes the product of both. */
const MAX_LINES = 2000

/** The lines of two texts: those of the first alone after `-`, those of the second alone after `+`, common ones after a blank. */
export function lineDiff(before: string, after: string): readonly string[] {
  const [old, fresh] = [before.split('\n'), after.split('\n')]
  if (old.length > MAX_LINES || fresh.length > MAX_LINES)
    return [...old.map(line => `- ${line}`), ...fresh.map(line => `+ ${line}`)]
  const common = commonLengths(old, fresh)
  const lines: string[] = []
  let [at, to] = [0, 0]
  while (at < old.length || to < fresh.length) {
    if (at < old.length && old[at] === fresh[to]) {
      lines.push(`  ${old[at]}`)
      at++
      to++
    } else if (
      to === fresh.length ||
      (at < old.length && lengthAt(common, at + 1, to) >= lengthAt(common, at, to + 1))
    )
      lines.push(`- ${old[at++]}`)
    else lines.push(`+ ${fresh[to++]}`)
  }
  return lines
}

type Lengths = readonly (readonly number[])[]

const lengthAt = (common: Lengths, at: number, to: number): number => common[at]?.[to] ?? 0

/** The length of the longest common subsequence of the rest of both, from each pair of lines on. */
function commonLengths(old: readonly string[], fresh: readonly string[]): Lengths {
  const table = Array.from({ length: old.length + 1 }, () =>
    new Array<number>(fresh.length + 1).fill(0),
  )
  for (let at = old.length - 1; at >= 0; at--)
    for (let to = fresh.length - 1; to >= 0; to--) {
      const row = table[at] as number[]
      row[to] =
        old[at] === fresh[to]
          ? lengthAt(table, at + 1, to + 1) + 1
          : Math.max(lengthAt(table, at + 1, to), lengthAt(table, at, to + 1))
    }
  return table
}
