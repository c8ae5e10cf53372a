import { readFileSync, renameSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { readConfig } from '../config.ts'
import { interfaces } from '../interfaces.ts'
import { Refusal } from '../refusal.ts'
import { askEngine, memberOf, requireStatus } from './engine-request.ts'
import { hostToken } from './host-token.ts'
import { contentOf, installFile } from './install-file.ts'
import { program } from './program.ts'
import type { Words } from './words.ts'

/** Renewed when this part of its life is left. */
const LEFT = 1 / 3

const USUAL_RELOAD = 'systemctl reload ssh || systemctl reload sshd'

/**
 * Has the engine sign this host's key, when there is no certificate or a third of its life is left, puts it beside the key, and has sshd
 * read it. If sshd does not like it, the old one comes back.
 * @throws {Refusal}
 */
export async function hostCert(words: Words): Promise<string> {
  const config = readConfig(words.config, words)
  const keyFile = words.text('key', '/etc/ssh/ssh_host_ed25519_key.pub')
  const file = keyFile.replace(/\.pub$/, '-cert.pub')
  const there = certificateIn(file, keyFile)
  const until = renewalOf(there)
  if (until !== undefined && until > new Date())
    return `${file} is good, and will be renewed after ${until.toISOString()}`
  const reply = await askEngine(config, {
    method: 'PUT',
    path: `sign/${words.required('role')}`,
    token: await hostToken(config, words),
    body: {
      public_key: readKey(keyFile),
      cert_type: 'host',
      valid_principals: words.text('principals', ownNames()),
    },
  })
  requireStatus(reply, [200], `signing ${keyFile}`)
  const line = memberOf(reply, 'data', 'signed_key')
  if (typeof line !== 'string') throw new Refusal('protocol', 'the engine gave no certificate')
  place(file, keyFile, line)
  const reload = words.text('reload', USUAL_RELOAD)
  if (reload !== '') program('sshd could not be reloaded', ['sh', '-c', reload])
  const was = there === 'damaged' ? ', in place of what was no certificate for this key' : ''
  return `${file} is new, good until ${lifeOf(read(file))?.end.toISOString()}${was}`
}

/** Puts a certificate in place, if it is a host's and for this key, and sshd accepts it. */
function place(file: string, keyFile: string, line: string): void {
  const before = contentOf(file)
  const old = before && `${file}.old`
  if (old !== undefined) installFile(old, before ?? Buffer.alloc(0))
  installFile(file, Buffer.from(`${line.trim()}\n`), draft => requireFor(keyFile, read(draft)))
  try {
    program('sshd does not accept the certificate', ['sshd', '-t'])
  } catch (error) {
    if (old === undefined) rmSync(file)
    else renameSync(old, file)
    throw error
  }
  if (old !== undefined) rmSync(old, { force: true })
}

/** What ssh-keygen says of a certificate. @throws {Refusal} if it is none */
const read = (file: string): string =>
  program('what came is not a certificate', ['ssh-keygen', '-L', '-f', file])

function requireFor(keyFile: string, text: string): void {
  if (!/Type: \S+ host certificate/.test(text))
    throw new Refusal('protocol', 'what came is not a certificate for a host')
  if (!text.includes(fingerprint(keyFile)))
    throw new Refusal('protocol', `what came is a certificate for another key than ${keyFile}`)
}

const fingerprint = (keyFile: string): string =>
  /SHA256:\S+/.exec(program('the key of this host', ['ssh-keygen', '-l', '-f', keyFile]))?.[0] ??
  '-'

/** What ssh-keygen says of the certificate that is there, if it is one for this key of this host. */
function certificateIn(file: string, keyFile: string): string | 'damaged' | undefined {
  if (contentOf(file) === undefined) return undefined
  try {
    const text = read(file)
    requireFor(keyFile, text)
    return text
  } catch (error) {
    if (error instanceof Refusal) return 'damaged'
    throw error
  }
}

/** When the certificate is to be renewed; undefined if at once. */
function renewalOf(text: string | undefined): Date | undefined {
  const life = text === undefined ? undefined : lifeOf(text)
  if (!life) return undefined
  const [start, end] = [life.start.getTime(), life.end.getTime()]
  return new Date(end - (end - start) * LEFT)
}

function lifeOf(text: string): { start: Date; end: Date } | undefined {
  const [, start, end] = /Valid: from (\S+) to (\S+)/.exec(text) ?? []
  return start && end ? { start: new Date(`${start}Z`), end: new Date(`${end}Z`) } : undefined
}

/** The name of this host and its addresses, by which clients know it. */
const ownNames = (): string => [hostname(), ...interfaces()].join(',')

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal('settings', `the key of this host: ${(error as Error).message}`)
  }
}
