import { type Equivalent, isSame } from './equivalents.ts'
import { diffOf, type Mutant } from './mutant.ts'

/** A mutant, and what became of it, in Stryker's words. */
export interface Tried extends Mutant {
  readonly status: string
  readonly reason?: string | undefined
}

interface Report {
  readonly text: string
  readonly passed: boolean
}

/** What is printed of the mutants, and whether all were killed but those that are equivalent. */
export function reportOn(tried: readonly Tried[], listed: readonly Equivalent[]): Report {
  const of = (...statuses: readonly string[]) =>
    tried.filter(({ status }) => statuses.includes(status))
  const alive = of('Survived', 'NoCoverage')
  const survivors = alive.filter(mutant => !listed.some(each => isSame(each, mutant)))
  const others = of('RuntimeError', 'CompileError', 'Pending')
  const [killed, late] = [of('Killed'), of('Timeout')]
  // on a busy machine, time runs out for a mutant that changes nothing, too
  const undecided = [...alive, ...late]
  const needless = listed.filter(each => !undecided.some(mutant => isSame(each, mutant)))
  const lines = [
    ...survivors.map(each => `${diffOf(each)}\n  ${SAID[each.status]}\n`),
    ...others.map(each => `${diffOf(each)}\n  could not be tried: ${each.reason}\n`),
    ...needless.map(each => `equivalents.json lists what does not survive:\n${diffOf(each)}\n`),
    ...late.map(each => `${diffOf(each)}\n  killed, since the tests took too long\n`),
    `${killed.length + late.length} killed, ${survivors.length} survived, ${alive.length - survivors.length} equivalent`,
  ]
  return {
    text: lines.join('\n'),
    passed: survivors.length + needless.length + others.length === 0 && killed.length > 0,
  }
}

const SAID: Readonly<Record<string, string>> = {
  Survived: 'no test fails',
  NoCoverage: 'no test reaches it',
}
