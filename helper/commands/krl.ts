import { existsSync, readFileSync } from 'node:fs'
import { readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { askEngine, requireStatus } from './engine-request.ts'
import { installFile } from './install-file.ts'
import { program } from './program.ts'
import type { Words } from './words.ts'

/** What a list begins with, and where in it its version stands. PROTOCOL.krl of OpenSSH. */
const MAGIC = Buffer.from('SSHKRL\n\0', 'latin1')
const VERSION_AT = 12

/**
 * Fetches the list of revoked keys and puts it where sshd's RevokedKeys finds it. On any doubt the old list stays: what is no list to
 * ssh-keygen, or is older than the one that is there.
 * @throws {Refusal}
 */
export async function krl(words: Words): Promise<string> {
  const config = readConfig(words.config, words)
  const file = words.text('out', '/etc/ssh/postern-revoked')
  const tagFile = `${file}.etag`
  const known = existsSync(file) && existsSync(tagFile) ? readFileSync(tagFile, 'utf8').trim() : ''
  const reply = await askEngine(config, {
    method: 'GET',
    path: 'krl',
    ...(known !== '' && { headers: { 'If-None-Match': known } }),
  })
  requireStatus(reply, [200, 304], 'the list of revoked keys')
  if (reply.status === 304) return `${file} is the newest list`
  const [version, before] = [versionOf(reply.body), versionIn(file)]
  if (before !== undefined && version < before && sameEngine(known, reply.etag))
    throw new Refusal(
      'protocol',
      `the list that came is version ${version}, older than ${before}, which is there and stays`,
    )
  const changed = installFile(file, reply.body, draft =>
    program('what came is not a list of revoked keys', ['ssh-keygen', '-Q', '-l', '-f', draft]),
  )
  installFile(tagFile, Buffer.from(`${reply.etag ?? ''}\n`))
  return changed ? `${file} is now version ${version}` : `${file} is the newest list`
}

function versionOf(list: Buffer): bigint {
  if (!list.subarray(0, MAGIC.length).equals(MAGIC) || list.length < VERSION_AT + 8)
    throw new Refusal('protocol', 'what came is not a list of revoked keys')
  return list.readBigUInt64BE(VERSION_AT)
}

function versionIn(file: string): bigint | undefined {
  return existsSync(file) ? versionOf(readFileSync(file)) : undefined
}

/** Tags are `"<id of the mount>.<version>"`: versions of another mount say nothing. */
const sameEngine = (known: string, tag: string | undefined) =>
  known.split('.')[0] === tag?.split('.')[0]
