import { statSync } from 'node:fs'
import { version } from '../../shared/version.ts'
import type { Config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { storedKeys } from '../verify-keys.ts'
import { contentOf } from './install-file.ts'
import { krlVersion } from './krl-header.ts'
import { readLastCheck } from './last-check.ts'

/** Files whose ages the engine is told, where they are if no flag says otherwise. */
const FILES = {
  krl_age: '/etc/ssh/postern-revoked',
  trust_age: '/etc/ssh/postern-trusted',
  host_cert_age: '/etc/ssh/ssh_host_ed25519_key-cert.pub',
} as const

/** What a timer of this host tells the engine about it, as JSON. What cannot be found out is left out. */
export function hostReport(config: Config): string {
  const ages = Object.entries(FILES).map(([name, file]) => [name, ageOf(file)])
  const check = readLastCheck(config)
  return JSON.stringify({
    helper_version: version,
    verify_keys_version: orNothing(() => storedKeys(config)?.version),
    krl_version: orNothing(() => krlOf(FILES.krl_age)),
    ...Object.fromEntries(ages),
    ...(check && { check: check.summary, check_age: secondsSince(check.at) }),
  })
}

/** Seconds since a file was last changed. */
function ageOf(file: string): number | undefined {
  const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  return changed === undefined ? undefined : secondsSince(changed)
}

const secondsSince = (at: number): number => Math.max(0, Math.round((Date.now() - at) / 1000))

function krlOf(file: string): number | undefined {
  const content = contentOf(file)
  const found = content && krlVersion(content)
  return found === undefined ? undefined : Number(found)
}

/** A file that is damaged is somebody else's to report. */
function orNothing<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}
