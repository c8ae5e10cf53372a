import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { readConfig } from '../config.ts'
import { interfaces } from '../interfaces.ts'
import { Refusal } from '../refusal.ts'
import { askEngine, requireStatus } from './engine-request.ts'
import { hostToken } from './host-token.ts'
import { installFile } from './install-file.ts'
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
  const until = renewalOf(file)
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
  const { data } = JSON.parse(reply.body.toString()) as { data?: { signed_key?: unknown } }
  const line = data?.signed_key
  if (typeof line !== 'string') throw new Refusal('protocol', 'the engine gave no certificate')
  place(file, keyFile, line)
  const reload = words.text('reload', USUAL_RELOAD)
  if (reload !== '') program('sshd could not be reloaded', ['sh', '-c', reload])
  return `${file} is new, good until ${lifeOf(file)?.end.toISOString()}`
}

/** Puts a certificate in place, if it is a host's and for this key, and sshd accepts it. */
function place(file: string, keyFile: string, line: string): void {
  const old = existsSync(file) ? `${file}.old` : undefined
  if (old !== undefined) installFile(old, readFileSync(file))
  installFile(file, Buffer.from(`${line.trim()}\n`), draft => {
    const text = program('what came is not a certificate', ['ssh-keygen', '-L', '-f', draft])
    if (!/Type: \S+ host certificate/.test(text))
      throw new Refusal('protocol', 'what came is not a certificate for a host')
    if (!text.includes(fingerprint(keyFile)))
      throw new Refusal('protocol', `what came is a certificate for another key than ${keyFile}`)
  })
  try {
    program('sshd does not accept the certificate', ['sshd', '-t'])
  } catch (error) {
    if (old === undefined) rmSync(file)
    else renameSync(old, file)
    throw error
  }
  if (old !== undefined) rmSync(old, { force: true })
}

const fingerprint = (keyFile: string): string =>
  /SHA256:\S+/.exec(program('the key of this host', ['ssh-keygen', '-l', '-f', keyFile]))?.[0] ??
  '-'

/** When the certificate in a file is to be renewed; undefined if there is none. */
function renewalOf(file: string): Date | undefined {
  const life = lifeOf(file)
  if (!life) return undefined
  const [start, end] = [life.start.getTime(), life.end.getTime()]
  return new Date(end - (end - start) * LEFT)
}

function lifeOf(file: string): { start: Date; end: Date } | undefined {
  if (!existsSync(file)) return undefined
  const text = program('the certificate that is there', ['ssh-keygen', '-L', '-f', file])
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
