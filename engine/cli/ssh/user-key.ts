import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Invalid } from '../../../shared/invalid.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { type PublicKey, parsePublicKey } from '../../openssh/public-key.ts'
import type { CliIo } from '../cli-io.ts'
import { Failure } from '../failure.ts'
import { expandHome, homeIn } from '../system.ts'
import type { Agent } from './agent.ts'

/** The key that the user logs in with. */
export interface UserKey {
  /** In the format of a .pub file. */
  readonly line: string
  /** Its file, or the agent. */
  readonly origin: string
  readonly key: PublicKey
  /** File of the private key; undefined if only the agent has it. */
  readonly privateFile: string | undefined
}

interface KeyPaths {
  readonly publicKeyPath: string | undefined
  readonly privateKeyPath: string | undefined
}

/** In order of precedence. */
const NAMES = ['id_ed25519_sk', 'id_ed25519', 'id_ecdsa_sk', 'id_ecdsa', 'id_rsa']

/** As {@link findUserKey}. @throws {Failure} that says what to do if there is none */
export async function userKey(...given: Parameters<typeof findUserKey>): Promise<UserKey> {
  const found = await findUserKey(...given)
  if (found) return found
  throw new Failure(
    `no key was found in ${usualFolder(given[1].environment)} or in an agent: create one with "ssh-keygen -t ed25519", or set -public-key-path`,
  )
}

/**
 * The key of the given path, else in ~/.ssh, else in the agent; undefined if no path is given and none is found.
 * @throws {Failure} for a path without a key
 */
export async function findUserKey(
  { publicKeyPath, privateKeyPath }: KeyPaths,
  { environment }: Pick<CliIo, 'environment'>,
  agent: Agent,
): Promise<UserKey | undefined> {
  const privateFile = privateKeyPath && expandHome(privateKeyPath, environment)
  if (publicKeyPath !== undefined) return keyIn(expandHome(publicKeyPath, environment), privateFile)
  // the certificate must be for this key, not for another one in ~/.ssh
  if (privateFile !== undefined) return keyIn(besidePrivate(privateFile), privateFile)
  const folder = usualFolder(environment)
  const usual = NAMES.map(name => join(folder, `${name}.pub`)).find(existsSync)
  if (usual !== undefined) return keyIn(usual, undefined)
  for (const line of await agent.lines()) {
    const key = parsed(line)
    if (key) return { line, origin: 'of the agent', key, privateFile: undefined }
  }
  return undefined
}

const usualFolder = (environment: CliIo['environment']) =>
  join(homeIn(environment) ?? homedir(), '.ssh')

function besidePrivate(privateFile: string): string {
  if (!existsSync(privateFile)) throw new Failure(`there is no private key ${privateFile}`)
  const publicFile = `${privateFile}.pub`
  if (existsSync(publicFile)) return publicFile
  throw new Failure(
    `there is no public key ${publicFile}: set -public-key-path, or create it with "ssh-keygen -y -f ${privateFile}"`,
  )
}

function keyIn(publicFile: string, privateKeyPath: string | undefined): UserKey {
  let line: string
  try {
    line = readFileSync(publicFile, 'utf8').trim()
  } catch (cause) {
    throw new Failure(`failed to read public key ${publicFile}: ${systemReason(cause)}`)
  }
  try {
    const beside = publicFile.replace(/\.pub$/, '')
    const privateFile = privateKeyPath ?? (beside === publicFile ? undefined : beside)
    return {
      line,
      origin: publicFile,
      key: parsePublicKey(line),
      privateFile: privateFile !== undefined && existsSync(privateFile) ? privateFile : undefined,
    }
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`${publicFile} is not a public key: ${error.message}`)
  }
}

function parsed(line: string): PublicKey | undefined {
  try {
    return parsePublicKey(line)
  } catch (error) {
    // certificates, and keys of unsupported types
    if (error instanceof Invalid) return undefined
    throw error
  }
}
