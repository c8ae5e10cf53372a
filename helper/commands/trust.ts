import { readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { fetchList } from './fetch-list.ts'
import type { HostFlags } from './host-flags.ts'
import { installFile } from './install-file.ts'
import { mountOf, readTag, writeTag } from './krl-tag.ts'
import { outputOf } from './run-program.ts'

/**
 * Fetches the keys of the user CAs and installs them for TrustedUserCAKeys of sshd. Keeps the old ones if the reply is not a list of
 * public keys. An empty list is accepted only from the mount that the old ones came from: sshd then trusts no CA.
 * @throws {Refusal}
 */
export async function trust(flags: HostFlags): Promise<string> {
  const config = readConfig(flags.config, flags)
  const file = flags.text('out', '/etc/ssh/postern-trusted')
  const what = 'the keys of the CAs'
  const reply = await fetchList(config, { path: 'public_keys', expected: [200], what })
  const lines = reply.body.toString('latin1').split('\n').filter(Boolean)
  const keys = lines.filter(line => !line.startsWith('#'))
  if (lines.length === 0 || !keys.every(line => /^[a-z0-9@.-]+ AAAA[\w+/=]+( .*)?$/.test(line)))
    throw new Refusal('protocol', NO_KEYS)
  if (keys.length === 0) requireSame(readTag(file).text, reply.etag)
  const changed = installFile(file, reply.body, {
    check: draft => requireKeys(draft, keys.length),
  })
  writeTag(file, reply.etag, reply.body)
  if (!changed) return `${file} has not changed`
  return keys.length === 0
    ? `${file} now has no key: sshd accepts no certificate`
    : `${file} now has ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`
}

const NO_KEYS = 'the reply is not a list of public keys'

/** @throws {Refusal} unless ssh-keygen can read all `count` keys */
function requireKeys(draft: string, count: number): void {
  if (count === 0) return
  const read = outputOf(NO_KEYS, ['ssh-keygen', '-l', '-f', draft]).split('\n').filter(Boolean)
  if (read.length !== count)
    throw new Refusal(
      'protocol',
      `${NO_KEYS}: ssh-keygen reads ${read.length} of its ${count} lines`,
    )
}

/** @throws {Refusal} if the tags are of different mounts */
function requireSame(known: string, tag: string | undefined): void {
  if (tag === undefined || (known !== '' && mountOf(known) !== mountOf(tag)))
    throw new Refusal(
      'protocol',
      'the reply has no keys, and comes from another SSH engine than the installed ones: they are kept',
    )
}
