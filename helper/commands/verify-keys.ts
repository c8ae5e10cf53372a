import { mkdirSync } from 'node:fs'
import { systemReason } from '../../shared/system-reason.ts'
import { type Config, readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { keysFile, type StoredKeys, storedKeys, writeKeys } from '../verify-keys.ts'
import { askEngine, type EngineReply, requireStatus } from './engine-request.ts'
import type { HostFlags } from './host-flags.ts'
import { hostReport } from './host-report.ts'
import { installFile } from './install-file.ts'
import { ownerLine, requireOwnState } from './state-owner.ts'
import { trustedSet } from './trusted-set.ts'

/**
 * Fetches the keys that the engine signs its answers with, so that a login still works when they have been replaced. A set is taken over
 * only if a key that is trusted now has signed it, and only in place of an older one.
 * @throws {Refusal}
 */
export async function verifyKeys(flags: HostFlags): Promise<string> {
  const config = readConfig(flags.config, flags)
  if (!config.verifyKeys)
    throw new Refusal(
      'settings',
      `verify_keys is not set in ${flags.config}: with it, only answers that these keys have signed let a user in`,
    )
  requireOwnState(config, flags.config)
  const reply = await askForKeys(config)
  requireStatus(reply, [200], 'the keys of verify')
  const known = knownKeys(config)
  const fetched = trustedSet(reply, known?.keys ?? config.verifyKeys)
  if (known) requireNewer(fetched, known)
  const file = keysFile(config)
  makeDirectory(config.stateDirectory)
  const changed = installFile(
    file,
    Buffer.from(writeKeys(config, fetched) + ownerLine(flags.config)),
    { mode: 0o600 },
  )
  // as a login does, which is denied if that fails
  storedKeys(config)
  if (changed && config.host) await confirm(config, reply)
  const count = `${fetched.keys.length} ${fetched.keys.length === 1 ? 'key' : 'keys'}`
  return changed ? `${file} now has ${count}` : `${file} has not changed`
}

const askForKeys = (config: Config, headers: Readonly<Record<string, string>> = {}) =>
  askEngine(config, {
    ...{ method: 'GET', path: 'verify/keys', headers },
    report: hostReport(config),
  })

/** Tells the engine that this host has the set now. If that fails, the next run of the timer does. */
async function confirm(config: Config, { etag }: EngineReply): Promise<void> {
  try {
    await askForKeys(config, etag === undefined ? {} : { 'If-None-Match': etag })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new Refusal('settings', `${directory} cannot be made: ${systemReason(error)}`)
  }
}

/** What was fetched last. A file that is damaged is written anew. */
function knownKeys(config: Config): StoredKeys | undefined {
  try {
    return storedKeys(config)
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

function requireNewer(fetched: StoredKeys, known: StoredKeys): void {
  if (fetched.mountId !== known.mountId)
    throw new Refusal('protocol', 'these are the keys of another mount; the old ones stay')
  if (fetched.version < known.version)
    throw new Refusal(
      'protocol',
      `the engine has version ${fetched.version} of the keys, this host has ${known.version}; they stay`,
    )
}
