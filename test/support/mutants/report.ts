import { type Equivalent, isSame } from './equivalents.ts'
import { diffOf, type Mutant } from './mutant.ts'

/** A mutant, and what became of it, in Stryker's words. */
export interface Tried extends Mutant {
  readonly status: string
  readonly reason?: string | undefined
}

/** How many mutants there were of each kind. */
export interface Counts {
  readonly killed: number
  readonly equivalent: number
  readonly survived: number
  /** Neither killed nor survived: their time ran out, or they could not be tried. */
  readonly undecided: number
}

interface Report {
  /** The mutants that need somebody's attention; empty if none does. */
  readonly text: string
  readonly counts: Counts
  /** Whether all were killed but those that are equivalent. */
  readonly passed: boolean
}

/** What is said of the mutants of a source. A mutant that makes a loop endless is killed; one whose time ran out is not. */
export function reportOn(all: readonly Tried[], listed: readonly Equivalent[]): Report {
  const tried = all.filter(({ status }) => status !== 'Ignored')
  const killed = tried.filter(isKilled)
  const others = tried.filter(each => !isKilled(each))
  const open = others.filter(mutant => !listed.some(each => isSame(each, mutant)))
  const needless = listed.filter(each => !others.some(mutant => isSame(each, mutant)))
  const lines = [
    ...open.map(each => `${diffOf(each)}\n  ${said(each)}\n`),
    ...needless.map(each => `equivalents.json lists what does not survive:\n${diffOf(each)}\n`),
  ]
  const survived = open.filter(each => Object.hasOwn(ALIVE, each.status)).length
  const counts = {
    ...{ killed: killed.length, equivalent: others.length - open.length },
    ...{ survived, undecided: open.length - survived },
  }
  return { text: lines.join('\n'), counts, passed: lines.length === 0 }
}

/** Stryker counts how often code runs in which it has changed something, and stops it after a hundred times as often as without. */
const isKilled = ({ status, reason = '' }: Tried) =>
  status === 'Killed' || (status === 'Timeout' && reason.startsWith('Hit limit reached'))

const ALIVE: Readonly<Record<string, string>> = {
  Survived: 'no test fails',
  NoCoverage: 'no test reaches it',
}

const said = ({ status, reason }: Tried) =>
  ALIVE[status] ??
  (status === 'Timeout'
    ? `undecided, its time ran out${reason === undefined ? '' : `: ${reason}`}`
    : `could not be tried: ${reason}`)

/** One line on a source. */
export const countsIn = (source: string, counts: Counts, minutes: number): string =>
  `${source}: ${Object.entries(counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')} (${minutes.toFixed(1)} minutes)`

/** Those of several sources together. */
export const sumOf = (all: readonly Counts[]): Counts => {
  const sum = (kind: keyof Counts) => all.reduce((total, each) => total + each[kind], 0)
  return {
    ...{ killed: sum('killed'), equivalent: sum('equivalent') },
    ...{ survived: sum('survived'), undecided: sum('undecided') },
  }
}
