import { symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Invalid } from '../../../shared/invalid.ts'
import { type HeldCertificate, readCertificate } from '../../ssh/certificate-read.ts'
import { parsePublicKey } from '../../ssh/public-key.ts'
import type { Client } from '../client.ts'
import { during, EXIT, Failure } from '../failure.ts'
import type { Printer } from '../print.ts'
import type { World } from '../world.ts'
import { Agent } from './agent.ts'
import { grantedExtensions } from './granted-extensions.ts'
import { runSsh } from './run-ssh.ts'
import { findTarget, hostKeyOptions } from './target.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { type UserKey, userKey } from './user-key.ts'

export interface CertificateWish {
  /** The host, and all that ssh is to be given. */
  readonly words: readonly string[]
  readonly role: string
  readonly mount: string
  readonly executable: string
  readonly strictHostKeyChecking: string
  readonly userKnownHostsFile: string | undefined
  readonly publicKeyPath: string | undefined
  readonly privateKeyPath: string | undefined
  /** With commas; the user who logs in if undefined. */
  readonly validPrincipals: string | undefined
  /** Where the engine's CA for hosts is mounted; hosts are checked against known_hosts if undefined. */
  readonly hostMount: string | undefined
  /** Names of the hosts that this CA speaks for. */
  readonly hostNames: string
  /** Print the certificate instead of logging in. */
  readonly noExec: boolean
}

interface Means {
  readonly client: Client
  readonly print: Printer
  readonly world: World
}

/** A certificate that ends sooner, in seconds, is not worth using. */
const SOON = 30

/**
 * Logs in to a host with a certificate for the caller's own key. It goes into the agent for as long as it lives, if there is an agent,
 * and lies in a file only while ssh runs. Gives the exit code of ssh. Contract §7.
 */
export async function certificateLogin(wish: CertificateWish, means: Means): Promise<number> {
  const { world, client, print } = means
  const agent = new Agent(world.environment)
  const key = await userKey(wish, world, agent)
  const target = await findTarget(
    { executable: wish.executable, environment: world.environment },
    wish.words,
  )
  const principals = wish.validPrincipals ?? target.user
  const live = wish.noExec ? undefined : await liveCertificate(agent, key, principals, wish, client)
  const line = live ?? (await signed(key, principals, wish, means))
  if (line === undefined) return EXIT.ok

  using files = temporaryFolder()
  const certificateFile = files.write('key-cert.pub', line)
  if (live === undefined) await give(agent, key, line, files.folder)
  const trust = wish.hostMount === undefined ? [] : await hostTrust(wish, client, files.write)
  const identity = key.privateFile ?? files.write('key.pub', key.line)
  const words = [
    ...['-o', `CertificateFile=${certificateFile}`, '-i', identity],
    ...(trust.length > 0 ? trust : hostKeyOptions(target, wish)),
    ...wish.words,
  ]
  if (key.privateFile === undefined && !agent.isRunning)
    print.note('The private key is neither in a file nor in an agent: ssh will look for it itself.')
  // the files must be there until ssh has ended
  return await runSsh({ executable: wish.executable, words, environment: world.environment })
}

/** A certificate from the engine; undefined if it has been printed, as was asked. */
async function signed(
  key: UserKey,
  principals: string,
  { mount, role, noExec }: CertificateWish,
  { client, print }: Means,
): Promise<string | undefined> {
  const extensions = await grantedExtensions(client, mount, role)
  const envelope = await during(
    `failed to sign public key ${key.key.type}`,
    client.write(`${mount}/sign/${role}`, {
      public_key: key.line,
      valid_principals: principals,
      cert_type: 'user',
      ...(extensions && { extensions }),
    }),
  )
  const line = envelope?.data?.signed_key
  if (!envelope || line === undefined) throw new Failure('missing signed key', EXIT.server)
  if (typeof line !== 'string' || line === '') throw new Failure('signed key is empty', EXIT.server)
  if (!noExec) return line
  await print.secret(envelope)
  return undefined
}

/** A certificate in the agent that is for this key and these principals, from an issuer of the mount, and not about to end. */
async function liveCertificate(
  agent: Agent,
  { key }: UserKey,
  principals: string,
  { mount }: CertificateWish,
  client: Client,
): Promise<string | undefined> {
  const wanted = principals.split(',').map(each => each.trim())
  const now = Date.now() / 1000
  const fits = (held: HeldCertificate) =>
    held.type === 'user' &&
    held.key.blob.equals(key.blob) &&
    wanted.every(each => held.principals.includes(each)) &&
    held.validAfter <= now &&
    held.validBefore > now + SOON
  const found = (await agent.lines())
    .map(line => ({ line, held: certificateIn(line) }))
    .filter(({ held }) => held !== undefined && fits(held))
  if (found.length === 0) return undefined
  const trusted = await authorities(client, mount)
  return found.find(({ held }) => trusted.some(each => held?.authority.equals(each)))?.line
}

function certificateIn(line: string): HeldCertificate | undefined {
  try {
    return readCertificate(line)
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}

/** The keys of the mount's issuers, on the wire; none if it does not tell. */
async function authorities(client: Client, mount: string): Promise<readonly Buffer[]> {
  const text = (await publicKeys(client, mount)) ?? ''
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => parsePublicKey(line).blob)
}

/** The public keys of all issuers, a line each; undefined where there are none. Vault tells only that of the default one. */
const publicKeys = async (client: Client, mount: string): Promise<string | undefined> =>
  (await client.readText(`${mount}/public_keys`)) ?? client.readText(`${mount}/public_key`)

/** Puts key and certificate into the agent, where other programs find them too. */
async function give(agent: Agent, key: UserKey, line: string, folder: string): Promise<void> {
  if (!agent.isRunning || key.privateFile === undefined) return
  const seconds = Math.floor(readCertificate(line).validBefore - Date.now() / 1000)
  if (seconds <= 0) return
  const link = join(folder, 'key')
  symlinkSync(resolve(key.privateFile), link)
  await agent.add(link, seconds)
}

/** Options by which ssh trusts hosts that the engine's CA for hosts has signed, and no others. */
async function hostTrust(
  { hostMount = '', hostNames }: CertificateWish,
  client: Client,
  write: (name: string, text: string) => string,
): Promise<readonly string[]> {
  const text = await during('failed to get host signing key', publicKeys(client, hostMount))
  if (text === undefined) throw new Failure('missing host signing key', EXIT.server)
  const keys = text.split('\n').filter(line => line.trim() !== '')
  if (keys.length === 0) throw new Failure('host signing key is empty', EXIT.server)
  const lines = keys.map(key => `@cert-authority ${hostNames} ${key.trim()}\n`)
  const file = write('known_hosts', lines.join(''))
  return ['-o', `UserKnownHostsFile=${file}`, '-o', 'StrictHostKeyChecking=yes']
}
