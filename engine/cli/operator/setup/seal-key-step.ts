import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Failure } from '../../failure.ts'
import type { Installation } from './installation.ts'
import { runProgram } from './run-program.ts'
import { requireUser } from './service-user.ts'
import { PATHS, SEAL_CREDENTIAL, SERVICE_USER } from './setup-paths.ts'
import type { SealKeyPlace, SetupPlan } from './setup-plan.ts'
import type { SetupStep } from './setup-step.ts'

/** As what the seal key is stored: as planned, unless systemd could not encrypt it. */
export const sealKeyPlaceOf = (plan: SetupPlan, { record }: Installation): SealKeyPlace =>
  record.plan?.sealKeyPlace ?? plan.sealKeyPlace

/** The file with the seal key. */
const sealKeyFile = (place: SealKeyPlace): string =>
  place === 'encrypted credential' ? PATHS.encryptedSealKey : PATHS.sealKey

const WHAT = {
  'encrypted credential': `create a seal key, encrypted to this machine by systemd-creds, in ${PATHS.encryptedSealKey}`,
  credential: `create a seal key in ${PATHS.sealKey}, which only root can read; systemd here does not encrypt it`,
  file: `create a seal key in ${PATHS.sealKey}, which the engine's user can read; no systemd runs here to protect it`,
} as const

export const sealKey = (plan: SetupPlan, installation: Installation): SetupStep => ({
  name: 'seal key',
  what: WHAT[sealKeyPlaceOf(plan, installation)],
  isDone: () => installation.isInstalled(sealKeyFile(sealKeyPlaceOf(plan, installation))),
  run() {
    const place = sealKeyPlaceOf(plan, installation)
    const key = `${randomBytes(32).toString('base64')}\n`
    if (place !== 'encrypted credential') return write(installation, place, key)
    try {
      return write(installation, place, encrypted(key))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      // such as a machine without a TPM whose /var is in memory
      installation.storeSealKeyAs('credential')
      write(installation, 'credential', key)
      return `it is in ${PATHS.sealKey}, which only root can read, and not encrypted: ${error.message}`
    }
  },
})

function write(installation: Installation, place: SealKeyPlace, text: string): undefined {
  const isFile = place === 'file'
  const owner = isFile ? requireUser(SERVICE_USER) : {}
  installation.install(sealKeyFile(place), text, { mode: isFile ? 0o400 : 0o600, ...owner })
}

const encrypted = (key: string) =>
  runProgram(['systemd-creds', 'encrypt', `--name=${SEAL_CREDENTIAL}`, '-', '-'], { input: key })

/** The seal key of this machine, in base64. @throws {Failure} if it cannot be decrypted */
export function readSealKey(place: SealKeyPlace): string {
  const file = sealKeyFile(place)
  const decrypt = ['systemd-creds', 'decrypt', `--name=${SEAL_CREDENTIAL}`, file, '-']
  const text = place === 'encrypted credential' ? runProgram(decrypt) : readFileSync(file, 'utf8')
  return text.trim()
}
