import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import type { Secret } from '../../shared/secret.ts'
import { systemReason } from '../../shared/system-reason.ts'
import type { CliIo } from './cli-io.ts'
import { EXIT, Failure } from './failure.ts'
import { writeNewFile } from './new-file.ts'
import { tokenFile } from './settings.ts'

/** Stores the token for later commands, in a file with mode 0600, which is replaced atomically. */
export async function storeToken(token: Secret, environment: CliIo['environment']): Promise<void> {
  const path = tokenFile(environment)
  if (!path)
    throw new Failure('no home directory to store the token in: set HOME, or use -no-store')
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
