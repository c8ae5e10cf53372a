import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import { systemReason } from '../../shared/system-reason.ts'
import { fileProblems } from '../audit/check-files.ts'
import { parseBindAddress } from '../http/bind-address.ts'
import { databaseWarning } from '../storage/database-tls.ts'
import { authorityWarnings } from './authority-warnings.ts'
import { certificateWarnings } from './certificate-warnings.ts'
import { type Config, readConfig } from './config.ts'
import { type ListenerTls, readTls } from './read-tls.ts'
import { sealKeysOf } from './seal-settings.ts'

/**
 * Checks a configuration and the files that it names, as the user who runs this. Returns warnings about problems with which an engine still
 * starts.
 * @throws {Invalid} if an engine would not start, or could not serve any request
 */
export async function checkConfig(file: string): Promise<readonly string[]> {
  const config = readConfig(file)
  const read = await readTls(config)
  sealKeysOf(config.seal)
  return [
    ...warningsOf(config),
    ...(await folderWarnings(config)),
    ...(await tlsWarnings(config, read)),
    ...(await auditWarnings(config)),
    ...(await fileWarnings(file, config)),
  ]
}

/** Warnings about unsafe settings. */
export function warningsOf({
  storage,
  tls,
  address,
}: Pick<Config, 'storage' | 'tls' | 'address'>): readonly string[] {
  const warning = storage.type === 'postgresql' ? databaseWarning(storage.url.reveal()) : undefined
  return [
    ...(warning === undefined ? [] : [warning]),
    ...(tls === undefined && !isLocal(address) ? [PLAIN] : []),
  ]
}

const PLAIN =
  '"tls_disable = true" in [listener]: passwords and tokens cross the network in the clear, and postern-helper refuses such an engine'

const isLocal = (address: string) =>
  /^(?:localhost|127\.[\d.]+|::1)$/.test(parseBindAddress(address).host ?? '')

/**
 * Checks the directory of the database. If it is missing, a unit or the engine creates it.
 * @throws {Invalid} if it is not a directory, the engine cannot write to it, or others can
 */
async function folderWarnings({ storage }: Config): Promise<readonly string[]> {
  if (storage.type !== 'sqlite') return []
  const { path } = storage
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw new Invalid(`${path}, of [storage], cannot be used: ${systemReason(cause)}`, { cause })
  })
  if (!found) {
    const parent = await nearestFolder(path)
    return (await isWritable(parent))
      ? []
      : [`${path}, of [storage], does not exist, and cannot be created: ${parent} is not writable`]
  }
  if (!found.isDirectory()) throw new Invalid(`${path}, of [storage], is not a folder`)
  if ((found.mode & 0o022) !== 0)
    throw new Invalid(`${path} can be changed by other users: run chmod go-w ${path}`)
  if (!(await isWritable(path))) throw new Invalid(`${path}, of [storage], cannot be written to`)
  return []
}

/** The nearest existing directory above a path. */
async function nearestFolder(path: string): Promise<string> {
  const parent = dirname(path)
  const exists = await stat(parent).then(
    () => true,
    () => false,
  )
  return exists ? parent : nearestFolder(parent)
}

const isWritable = (folder: string) =>
  access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )

/** Warnings about the certificates, and about a key file that other users can read or change. */
export async function tlsWarnings(
  { tls, tlsCaFile, apiAddress }: Pick<Config, 'tls' | 'tlsCaFile' | 'apiAddress'>,
  { tls: identity, authority }: ListenerTls,
): Promise<readonly string[]> {
  if (!tls || !identity) return []
  const { certificate } = identity
  const { certificateFile: file, keyFile } = tls
  const { mode } = await stat(keyFile)
  const isOpen = (mode & 0o026) !== 0
  return [
    ...certificateWarnings({ certificate, file, apiAddress }, new Date()),
    ...(authority === undefined || tlsCaFile === undefined
      ? []
      : authorityWarnings({ authority, file: tlsCaFile, certificate }, new Date())),
    ...(isOpen ? [`${keyFile} is open to other users: run chmod o-r,go-w ${keyFile}`] : []),
  ]
}

/**
 * Warnings about audit files. A missing directory is only a warning: a unit may create it before the engine starts.
 * @throws {Invalid} if no device can be written to, for other reasons
 */
async function auditWarnings({ audit }: Config): Promise<readonly string[]> {
  const problems = await fileProblems(audit)
  const lasting = problems.filter(({ isMissing }) => !isMissing)
  if (lasting.length > 0 && lasting.length === audit.length)
    throw new Invalid(lasting.map(({ text }) => text).join('\n'))
  return problems.map(({ text }) => text)
}

/** A warning if others can read the password of the database, with which they could change the storage. */
async function fileWarnings(file: string, { storage }: Config): Promise<readonly string[]> {
  if (storage.type !== 'postgresql' || !/\/\/[^/@]*:[^/@]+@/.test(storage.url.reveal())) return []
  const { mode } = await stat(file)
  return (mode & 0o004) === 0
    ? []
    : [`${file} holds a password, and is open to other users: run chmod o-r ${file}`]
}
