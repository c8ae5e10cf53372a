/** Lines around a change that a diff shows. */
const CONTEXT = 3

interface Edit {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

/** The difference of two texts in the unified format of diff(1); empty if they are equal. A file that is not there is undefined. */
export function textDiff(
  file: string,
  before: string | undefined,
  after: string | undefined,
): string {
  if (before === after) return ''
  const edits = editsOf(linesIn(before), linesIn(after))
  const [from, to] = [before, after].map(text => (text === undefined ? '/dev/null' : file))
  return [`--- ${from}`, `+++ ${to}`, ...hunks(edits), ''].join('\n')
}

const linesIn = (text = ''): readonly string[] =>
  text === '' ? [] : text.replace(/\n$/, '').split('\n')

/** By the longest common subsequence of what is between the common beginning and end. */
function editsOf(old: readonly string[], now: readonly string[]): readonly Edit[] {
  const start = commonLength(old, now)
  const end = commonLength(old.slice(start).toReversed(), now.slice(start).toReversed())
  const kept = (lines: readonly string[]) => lines.map(line => ({ sign: ' ' as const, line }))
  return [
    ...kept(old.slice(0, start)),
    ...middle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...kept(old.slice(old.length - end)),
  ]
}

function commonLength(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((line, index) => line !== other[index])
  return at < 0 ? one.length : at
}

function middle(old: readonly string[], now: readonly string[]): Edit[] {
  const width = now.length + 1
  const length = new Uint32Array((old.length + 1) * width)
  const at = (row: number, column: number) => length[row * width + column] ?? 0
  for (let row = old.length - 1; row >= 0; row--)
    for (let column = now.length - 1; column >= 0; column--)
      length[row * width + column] =
        old[row] === now[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
  const edits: Edit[] = []
  let [row, column] = [0, 0]
  while (row < old.length || column < now.length) {
    const [gone, come] = [old[row], now[column]]
    if (gone !== undefined && gone === come) {
      edits.push({ sign: ' ', line: gone })
      row++
      column++
    } else if (
      gone !== undefined &&
      (come === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      edits.push({ sign: '-', line: gone })
      row++
    } else {
      edits.push({ sign: '+', line: come ?? '' })
      column++
    }
  }
  return edits
}

function hunks(edits: readonly Edit[]): string[] {
  const near = edits.map((_, at) =>
    edits.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  )
  const lines: string[] = []
  let [old, now] = [1, 1]
  for (let at = 0; at < edits.length; ) {
    const size = near.slice(at).findIndex(each => !each)
    const part = edits.slice(at, near[at] ? (size < 0 ? undefined : at + size) : at + 1)
    const [gone, come] = ['-', '+'].map(
      sign => part.filter(each => each.sign !== (sign === '-' ? '+' : '-')).length,
    )
    if (near[at])
      lines.push(
        `@@ -${range(old, gone)} +${range(now, come)} @@`,
        ...part.map(({ sign, line }) => sign + line),
      )
    old += gone ?? 0
    now += come ?? 0
    at += part.length
  }
  return lines
}

const range = (start: number, count = 0): string =>
  count === 0 ? `${start - 1},0` : count === 1 ? `${start}` : `${start},${count}`
