import { existsSync } from 'node:fs'
import { enroll, USUAL_KEY } from '../commands/enroll.ts'
import type { HostFlags } from '../commands/host-flags.ts'
import { verifyKeys } from '../commands/verify-keys.ts'
import type { Config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { keysFile } from '../verify-keys.ts'
import { digestOf, stateOf } from './file-state.ts'
import { ANY, type Change } from './journal.ts'

/** Whether the flags ask for an enrolment that has not been made. @throws {Refusal} if only one of the two flags is there */
export function needsEnrollment(flags: HostFlags, { host }: Pick<Config, 'host'>): boolean {
  const [name, token] = [flags.optional('name'), flags.optional('enroll-token-file')]
  if (name === undefined && token === undefined) return false
  const isEnrolled = host !== undefined && host.name === name && existsSync(host.keyFile)
  if (isEnrolled) return false
  if (name === undefined || token === undefined)
    throw new Refusal(
      'usage',
      '-name and -enroll-token-file enrol this host: give both, or neither',
    )
  return true
}

/** Enrols the host, or fetches the keys of the engine where they were not there. Returns lines that say what was done. @throws {Refusal} */
export async function enrollNow(
  flags: HostFlags,
  { enrolls, isNewlySigned }: { readonly enrolls: boolean; readonly isNewlySigned: boolean },
): Promise<readonly string[]> {
  if (enrolls) return (await enroll(enrollFlags(flags))).split('\n')
  return isNewlySigned ? [await verifyKeys(flags)] : []
}

function enrollFlags(flags: HostFlags): HostFlags {
  const names: Readonly<Record<string, string>> = { 'token-file': 'enroll-token-file' }
  const own = (name: string) => names[name] ?? name
  return {
    ...{ config: flags.config, dev: flags.dev, has: flags.has },
    text: (name, fallback) => flags.text(own(name), fallback),
    required: name => flags.required(own(name)),
    optional: name => flags.optional(own(name)),
  }
}

/** The file of the engine's keys, which enrolling writes, and timers replace. */
export function keysChange({ stateDirectory }: Pick<Config, 'stateDirectory'>): Change {
  const file = keysFile({ stateDirectory, verifyKeys: undefined })
  const found = stateOf(file)
  return { file, phase: 'settings', original: found, previous: found, after: ANY }
}

/** Call before enrolling; the function that it returns then gives the changes with what enrolling has written. */
export function enrolledFiles(
  { config }: HostFlags,
  changes: readonly Change[],
): () => readonly Change[] {
  const files = [config, USUAL_KEY]
  const before = new Map(files.map(file => [file, stateOf(file)]))
  return () => {
    const others = changes.filter(({ file }) => !files.includes(file))
    const own = files.flatMap((file): readonly Change[] => {
      const known = changes.find(change => change.file === file)
      const [was, after] = [before.get(file), digestOf(stateOf(file))]
      if (!known && digestOf(was) === after) return []
      return [{ ...{ file, phase: 'settings', original: was, previous: was }, ...known, after }]
    })
    return [...own, ...others]
  }
}
