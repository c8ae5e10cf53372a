import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bootClock } from './boot-clock.ts'
import { readJson, replaceFile } from './private-files.ts'

/** How ssh gets its credential for a destination. */
export type Plan =
  | { readonly kind: 'connection'; readonly pointer: string }
  /** @property validBefore seconds since 1970 */
  | { readonly kind: 'certificate'; readonly file: string; readonly validBefore: number }

interface Kept {
  readonly plan: Plan
  /** When it was made, by {@link bootClock}. */
  readonly at: number
  /** State of the files that it was derived from, and of their directories. */
  readonly files: Readonly<Record<string, string>>
}

/** Milliseconds for which it counts: a `Match exec` of the user may say something else by then. */
const MAX_AGE = 600_000

/** The plan that was kept for these arguments of ssh, unless a file of its configuration has changed since. */
export function keptPlan(directory: string, words: readonly string[]): Plan | undefined {
  const kept = readJson(join(directory, nameOf(words))) as Kept | undefined
  if (!kept?.plan || !kept.files || bootClock() - kept.at > MAX_AGE || bootClock() < kept.at)
    return undefined
  const isSame = Object.entries(kept.files).every(([path, state]) => stateOf(path) === state)
  return isSame ? kept.plan : undefined
}

/** Keeps a plan. @param files those of the configuration of ssh that it was derived from */
export function keepPlan(
  directory: string,
  words: readonly string[],
  { plan, files }: { readonly plan: Plan; readonly files: readonly string[] },
): void {
  // a new file beside one may be included by a pattern; that of known hosts is often replaced
  const places = new Set(files.flatMap(file => [file, dirname(file)]))
  const states = Object.fromEntries([...places].map(path => [path, stateOf(path)]))
  replaceFile(
    directory,
    nameOf(words),
    JSON.stringify({ plan, at: bootClock(), files: states } satisfies Kept),
  )
}

const nameOf = (words: readonly string[]) =>
  `p-${createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16)}.json`

function stateOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'none'
}
