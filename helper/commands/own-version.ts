import { licenseTexts } from '../../shared/license-texts.ts'
import { version } from '../../shared/version.ts'
import { Refusal } from '../refusal.ts'
import type { HostFlags } from './host-flags.ts'

/** The version of this program, or the licence texts of everything in it. @throws {Refusal} */
export async function ownVersion(flags: HostFlags): Promise<string> {
  if (!flags.has('licenses')) return `postern-helper ${version}`
  const texts = licenseTexts()
  if (texts === undefined) throw new Refusal('usage', 'only a program that has been built has them')
  return texts.trimEnd()
}
