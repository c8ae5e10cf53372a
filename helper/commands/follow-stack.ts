import type { Action, Code, Line } from './pam-stack.ts'

/** The result of one path through a stack. */
export interface Ending<T> {
  /** Whether PAM succeeds. */
  readonly open: boolean
  readonly trace: T
}

interface Walk<T> {
  /** Every code that a line can return. */
  readonly answers: (line: Line) => readonly Code[]
  readonly start: T
  /** The trace after a line that counts has returned success. */
  readonly passed: (trace: T, line: Line) => T
}

/** The state of libpam after some lines, in its own terms, and whether its status is PAM_SUCCESS. */
interface Standing {
  readonly impression: 'undefined' | 'positive' | 'negative'
  readonly success: boolean
}

interface State<T> extends Standing {
  readonly at: number
  /** Level of the previous line. */
  readonly level: number
  /** The state at the start of each substack, by level. */
  readonly outside: Readonly<Record<number, Standing>>
  readonly trace: T
}

/** Follows all paths through a stack, as libpam's _pam_dispatch_aux does, and returns each result once. */
export function followStack<T>(lines: readonly Line[], walk: Walk<T>): readonly Ending<T>[] {
  const [seen, endings] = [new Set<string>(), new Map<string, Ending<T>>()]
  const start = { impression: 'undefined', success: false } as const
  const left: State<T>[] = [{ ...start, at: 0, level: 0, outside: {}, trace: walk.start }]
  for (let state = left.pop(); state; state = left.pop()) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    seen.add(key)
    const line = lines[state.at]
    if (line) left.push(...steps(lines, line, state, walk))
    else {
      const ending = { open: state.impression === 'positive' && state.success, trace: state.trace }
      endings.set(JSON.stringify(ending), ending)
    }
  }
  return [...endings.values()]
}

function steps<T>(
  lines: readonly Line[],
  line: Line,
  { at, level, impression, success, outside, trace }: State<T>,
  { answers, passed }: Walk<T>,
): State<T>[] {
  const now = { impression, success }
  const entered = level < line.level ? { ...outside, [line.level]: now } : outside
  const rest = { level: line.level, outside: entered }
  if (line.kind === 'substack') return [{ ...now, ...rest, at: at + 1, trace }]
  return answers(line).map(code => {
    const action = line.actions(code)
    const counts = code === 'success' && action !== 'ignore'
    const stands = standing(now, code, action, entered[line.level])
    const next = { ...rest, trace: counts ? passed(trace, line) : trace }
    if (typeof action === 'number') return { ...jump(lines, at, action, stands), ...next }
    const decided = action === 'die' || (action === 'done' && stands.impression === 'positive')
    return { ...stands, ...next, at: decided ? endOf(lines, at) : at + 1 }
  })
}

function standing(
  now: Standing,
  code: Code,
  action: Action,
  outside: Standing | undefined,
): Standing {
  if (action === 'reset') return outside ?? { impression: 'undefined', success: false }
  if (action === 'bad' || action === 'die') return { impression: 'negative', success: false }
  if (action !== 'ok' && action !== 'done') return now
  const open = now.impression === 'undefined' || (now.impression === 'positive' && now.success)
  return open ? { impression: 'positive', success: code === 'success' } : now
}

/** Where to continue after `die` or `done`: behind all lines of the same substack. */
function endOf(lines: readonly Line[], at: number): number {
  const level = lines[at]?.level ?? 0
  const next = lines.findIndex((line, index) => index > at && line.level < level)
  return next < 0 ? lines.length : next
}

/** Skips so many lines of the same level, with a substack as one; too many is a failure. */
function jump(lines: readonly Line[], from: number, count: number, now: Standing) {
  const level = lines[from]?.level ?? 0
  const levelAt = (index: number) => lines[index]?.level ?? -1
  let [at, left] = [from, count]
  for (; left > 0 && levelAt(at + 1) >= level; left--)
    do at++
    while (levelAt(at + 1) > level)
  return left > 0
    ? { impression: 'negative' as const, success: false, at: at + 1 }
    : { ...now, at: at + 1 }
}
