import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Mutant } from './mutant.ts'

/** A mutant that no test can tell from the source, or that changes nothing that matters, and why. */
export interface Equivalent extends Omit<Mutant, 'line'> {
  readonly reason: string
}

const FILE = join(import.meta.dirname, 'equivalents.json')

type Listed = Omit<Equivalent, 'reason'> & { readonly reason?: string | undefined }

/**
 * Those of the list beside this file.
 * @throws {Error} if one has no reason, which takes more than one word
 */
export const equivalents = (
  list = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Listed[],
): readonly Equivalent[] =>
  list.map(({ reason = '', ...mutant }) => {
    if (!/\S \S/.test(reason))
      throw new Error(`equivalents.json has no reason for ${mutant.file}: ${mutant.becomes}`)
    return { ...mutant, reason }
  })

export const isSame = (one: Omit<Mutant, 'line'>, other: Omit<Mutant, 'line'>): boolean =>
  one.file === other.file && one.was === other.was && one.becomes === other.becomes
