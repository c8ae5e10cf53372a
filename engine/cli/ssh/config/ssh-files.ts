import { lstatSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { systemReason } from '../../../../shared/system-reason.ts'
import { EXIT, Failure } from '../../failure.ts'
import { privateDirectory, replaceFile } from './private-files.ts'

/** The files of ssh that `ssh-config` writes. */
export interface SshFiles {
  /** The configuration of the user. */
  readonly config: string
  /** What that includes. */
  readonly fragment: string
  /** Directory of sockets, certificates and notes. */
  readonly directory: string
  /** The line that includes the fragment. */
  readonly include: string
}

/** Those beside a configuration. By default that of the home directory in the user database, where ssh looks whatever HOME says. */
export function sshFiles(config: string | undefined): SshFiles {
  const usual = join(userInfo().homedir, '.ssh', 'config')
  const path = config === undefined ? usual : resolve(config)
  const fragment = join(dirname(path), 'postern.conf')
  return {
    config: path,
    fragment,
    directory: join(dirname(path), 'postern'),
    include: path === usual ? 'Include postern.conf' : `Include "${fragment}"`,
  }
}

/** The text of a file; empty if there is none. @throws {Failure} also for text in another encoding, which would not be written as it was */
export function textOf(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    const reason = code === INVALID ? 'it is not in UTF-8' : systemReason(error)
    throw new Failure(`failed to read ${path}: ${reason}`, EXIT.server)
  }
}

/** Of the error of a decoder. */
const INVALID = 'ERR_ENCODING_INVALID_ENCODED_DATA'

/** Replaces a file of the user, or what it links to, at once, with its mode; a new one has 0600. @throws {Failure} */
export function writeText(path: string, text: string): void {
  if (text === textOf(path)) return
  try {
    const real = lstatSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path
    if (!statSync(dirname(real), { throwIfNoEntry: false })) privateDirectory(dirname(real))
    const mode = statSync(real, { throwIfNoEntry: false })?.mode
    replaceFile(dirname(real), basename(real), text, mode === undefined ? 0o600 : mode & 0o777)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(`failed to write ${path}: ${systemReason(error)}`, EXIT.server)
  }
}

/** Removes a file. @throws {Failure} */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true, recursive: true })
  } catch (error) {
    throw new Failure(`failed to remove ${path}: ${systemReason(error)}`, EXIT.server)
  }
}
