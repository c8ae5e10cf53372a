import { readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { askEngine, requireStatus } from './engine-request.ts'
import { installFile } from './install-file.ts'
import { program } from './program.ts'
import type { Words } from './words.ts'

/**
 * Fetches the keys of the authorities for users and puts them where sshd's TrustedUserCAKeys finds them. What is not a list of public
 * keys does not replace the one that is there.
 * @throws {Refusal}
 */
export async function trust(words: Words): Promise<string> {
  const config = readConfig(words.config, words)
  const file = words.text('out', '/etc/ssh/postern-trusted')
  const reply = await askEngine(config, { method: 'GET', path: 'public_keys' })
  requireStatus(reply, [200], 'the keys of the authorities')
  const lines = reply.body.toString('latin1').split('\n').filter(Boolean)
  if (lines.length === 0 || !lines.every(line => /^[a-z0-9@.-]+ AAAA[\w+/=]+( .*)?$/.test(line)))
    throw new Refusal('protocol', 'what came is not a list of public keys')
  const changed = installFile(file, reply.body, draft =>
    program('what came is not a list of public keys', ['ssh-keygen', '-l', '-f', draft]),
  )
  return changed ? `${file} now has ${lines.length} keys` : `${file} has not changed`
}
