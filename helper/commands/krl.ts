import { readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { fetchList } from './fetch-list.ts'
import type { HostFlags } from './host-flags.ts'
import { hostReport } from './host-report.ts'
import { contentOf, installFile } from './install-file.ts'
import { krlVersion } from './krl-header.ts'
import { mountOf, readTag, type Tag, writeTag } from './krl-tag.ts'
import { checkWith } from './run-program.ts'

/**
 * Fetches the KRL and installs it for RevokedKeys of sshd. Keeps the old one if ssh-keygen does not accept the new one, or if that is
 * older. An old file that is not a KRL is always replaced: with it, sshd would accept every key, or none.
 * @throws {Refusal}
 */
export async function krl(flags: HostFlags): Promise<string> {
  const config = readConfig(flags.config, flags)
  const file = flags.text('out', '/etc/ssh/postern-revoked')
  const tag = readTag(file)
  const there = listIn(file, tag)
  const known = there.version !== undefined && tag.describes(there.content) ? tag.text : ''
  const reply = await fetchList(config, {
    ...{ path: 'krl', report: hostReport(config), what: 'the list of revoked keys' },
    expected: known === '' ? [200] : [200, 304],
    ...(known !== '' && { headers: { 'If-None-Match': known } }),
  })
  if (reply.status === 304) return `${file} is the newest list`
  const version = krlVersion(reply.body)
  if (version === undefined) throw new Refusal('protocol', NO_LIST)
  const before = there.version
  if (before !== undefined && version < before && sameEngine(tag.text, reply.etag))
    throw new Refusal(
      'protocol',
      `the list in the reply is version ${version}, older than the present ${before}, which is kept`,
    )
  const changed = installFile(file, reply.body, {
    check: draft => requireList(draft, NO_LIST),
  })
  writeTag(file, reply.etag, reply.body)
  const damaged = there.content !== undefined && before === undefined
  const was = damaged ? ', and replaces a file that was no list of revoked keys' : ''
  return changed ? `${file} is now version ${version}${was}` : `${file} is the newest list`
}

const NO_LIST = 'the reply is not a list of revoked keys'

interface List {
  readonly content: Buffer | undefined
  /** Undefined also for a file that ssh-keygen does not accept. */
  readonly version: bigint | undefined
}

function listIn(file: string, tag: Tag): List {
  const content = contentOf(file)
  try {
    // the one that was installed has been checked, and a long list takes seconds
    if (content !== undefined && !tag.describes(content)) requireList(file, 'no list')
    return { content, version: content && krlVersion(content) }
  } catch (error) {
    if (error instanceof Refusal) return { content, version: undefined }
    throw error
  }
}

const requireList = (file: string, what: string) =>
  checkWith(what, ['ssh-keygen', '-Q', '-l', '-f', file])

/** Versions of different mounts cannot be compared. */
const sameEngine = (known: string, tag: string | undefined) =>
  tag !== undefined && mountOf(known) === mountOf(tag)
