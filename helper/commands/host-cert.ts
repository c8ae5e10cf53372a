import { renameSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { type Config, readConfig } from '../config.ts'
import { interfaces } from '../interfaces.ts'
import { Refusal } from '../refusal.ts'
import { askEngine, memberOf, requireStatus } from './engine-request.ts'
import { FOREVER, type HostCertificate, hostCertificate } from './host-certificate.ts'
import type { HostFlags } from './host-flags.ts'
import { hostReport } from './host-report.ts'
import { hostToken } from './host-token.ts'
import { contentOf, installFile } from './install-file.ts'
import { checkWith } from './run-program.ts'

/** Renewed when a third of its validity is left. */
const PART_LEFT = 3n

const USUAL_RELOAD = 'systemctl reload ssh || systemctl reload sshd'

/**
 * Requests a certificate for this host's key, installs it beside the key and reloads sshd. Does nothing while more than a third of the
 * validity of the present one is left. Keeps the old one if sshd or clients would not accept the new one.
 * @throws {Refusal}
 */
export async function hostCert(flags: HostFlags): Promise<string> {
  const config = readConfig(flags.config, flags)
  const keyFile = flags.text('key', '/etc/ssh/ssh_host_ed25519_key.pub')
  const file = keyFile.replace(/\.pub$/, '-cert.pub')
  const asked = flags.optional('principals')
  const key = () => readKey(keyFile)
  const there = certificateIn(file, key, namesIn(asked ?? ''))
  if (there !== 'damaged' && there && isYoung(there)) {
    const again = contentOf(unread(file)) !== undefined
    if (again) reloadSshd(file, flags)
    return `${file} is valid, and ${renewal(there)}${again ? '; sshd has read it now' : ''}`
  }
  const principals = asked ?? ownNames()
  const line = await signed(config, flags, { key, keyFile, principals })
  const text = `${line.trim()}\n`
  const certificate = hostCertificate(text, key())
  requireShown(certificate, namesIn(principals))
  place(file, text)
  reloadSshd(file, flags)
  const was =
    there === 'damaged' ? ', and replaces a file that was no certificate for this key' : ''
  return `${file} is new, ${end(certificate)}${was}`
}

interface Asked {
  readonly key: () => string
  readonly keyFile: string
  readonly principals: string
}

/** The certificate that the engine signs for a key. */
async function signed(
  config: Config,
  flags: HostFlags,
  { key, keyFile, principals }: Asked,
): Promise<string> {
  const role = flags.required('role')
  const token = await hostToken(config, flags)
  const reply = await askEngine(config, {
    method: 'PUT',
    path: `sign/${role}`,
    report: hostReport(config),
    token,
    body: { public_key: key(), cert_type: 'host', valid_principals: principals },
  })
  requireStatus(reply, [200], `signing ${keyFile}`)
  const line = memberOf(reply, 'data', 'signed_key')
  if (typeof line !== 'string') throw new Refusal('protocol', 'the engine gave no certificate')
  return line
}

/** A file that exists until sshd has read the certificate, so that the next run repeats a reload that failed. */
const unread = (file: string) => `${file}.unread`

function reloadSshd(file: string, flags: HostFlags): void {
  const reload = flags.text('reload', USUAL_RELOAD)
  if (reload !== '')
    checkWith('sshd could not be reloaded by the command in -reload', ['sh', '-c', reload])
  rmSync(unread(file), { force: true })
}

/** Installs a certificate if sshd accepts it. */
function place(file: string, text: string): void {
  const before = contentOf(file)
  const old = before && `${file}.old`
  if (old !== undefined) installFile(old, before ?? Buffer.alloc(0))
  try {
    installFile(unread(file), Buffer.from('sshd has not read the certificate yet\n'))
    installFile(file, Buffer.from(text), {
      check: draft =>
        checkWith('the reply is not a certificate', ['ssh-keygen', '-L', '-f', draft]),
    })
    checkWith('sshd does not accept the certificate', ['sshd', '-t'])
  } catch (error) {
    if (old === undefined) rmSync(file, { force: true })
    else renameSync(old, file)
    rmSync(unread(file), { force: true })
    throw error
  }
  if (old !== undefined) rmSync(old, { force: true })
}

/** The installed certificate, if clients accept it from this host now under these names. */
function certificateIn(
  file: string,
  key: () => string,
  names: readonly string[],
): HostCertificate | 'damaged' | undefined {
  const content = contentOf(file)
  if (content === undefined) return undefined
  let certificate: HostCertificate
  try {
    certificate = hostCertificate(content.toString(), key())
    checkWith('not a certificate', ['ssh-keygen', '-L', '-f', file])
  } catch (error) {
    if (error instanceof Refusal) return 'damaged'
    throw error
  }
  return reasonAgainst(certificate, names) === undefined ? certificate : undefined
}

/** @throws {Refusal} for a certificate that no client would accept from this host now */
function requireShown(certificate: HostCertificate, names: readonly string[]): void {
  const reason = reasonAgainst(certificate, names)
  if (reason !== undefined)
    throw new Refusal('protocol', `the certificate in the reply is not usable: ${reason}`)
}

function reasonAgainst(
  { after, before, principals }: HostCertificate,
  names: readonly string[],
): string | undefined {
  const now = seconds()
  const clock = `by the clock of this host it is ${shown(now)}`
  if (now < after) return `it is valid from ${shown(after)}, and ${clock}`
  if (now >= before) return `it was valid until ${shown(before)}, and ${clock}`
  const missing = names.find(name => !principals.includes(name))
  return missing === undefined ? undefined : `it is not for ${missing}`
}

const seconds = () => BigInt(Math.floor(Date.now() / 1000))

const isYoung = (certificate: HostCertificate) =>
  certificate.before === FOREVER || seconds() < renewedAt(certificate)

const renewedAt = ({ after, before }: HostCertificate) => before - (before - after) / PART_LEFT

const renewal = (certificate: HostCertificate): string =>
  certificate.before === FOREVER
    ? 'does not expire'
    : `will be renewed after ${shown(renewedAt(certificate))}`

const end = ({ before }: HostCertificate): string =>
  before === FOREVER ? 'and does not expire' : `valid until ${shown(before)}`

/** A time in ISO 8601; seconds where that has no form. */
function shown(at: bigint): string {
  const date = new Date(Number(at) * 1000)
  return Number.isNaN(date.getTime()) ? `second ${at}` : date.toISOString()
}

/** The name and the addresses of this host. */
const ownNames = (): string => [hostname(), ...interfaces()].join(',')

const namesIn = (list: string): readonly string[] =>
  list
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)

function readKey(file: string): string {
  const content = contentOf(file)
  if (content === undefined)
    throw new Refusal('settings', `the key of this host: ${file} is not there`)
  return content.toString()
}
