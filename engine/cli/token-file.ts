import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import type { Secret } from '../../shared/secret.ts'
import { systemReason } from '../../shared/system-reason.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT, Failure } from './failure.ts'
import { writeNewFile } from './new-file.ts'
import { tokenFile } from './settings.ts'

/** Keeps the token for later commands, in a file that only its owner can read. The old one stays until the new one is whole. */
export async function storeToken(token: Secret, environment: CliIo['environment']): Promise<void> {
  const path = tokenFile(environment)
  if (!path)
    throw new Failure('there is no home folder to keep the token in: set HOME, or use -no-store')
  const draft = `${path}.${randomUUID()}`
  try {
    writeNewFile(draft, token.reveal())
    await rename(draft, path).catch(async error => {
      await rm(draft, { force: true })
      throw error
    })
  } catch (error) {
    throw new Failure(`Error storing token: ${path}: ${systemReason(error)}`, EXIT.server)
  }
}
