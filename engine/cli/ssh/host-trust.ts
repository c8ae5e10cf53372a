import { parsePublicKey, publicKeyLine } from '../../openssh/public-key.ts'
import type { Client } from '../client.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { pathOption } from './path-option.ts'
import type { PrivateFolder } from './private-folder.ts'
import { publicKeys } from './public-keys.ts'
import { sensible } from './sensible.ts'
import { isSince, type SshProgram } from './ssh-client.ts'

interface Trust {
  /** Mount of the CA for hosts. */
  readonly mount: string
  /** Patterns of host names that this CA is trusted for. */
  readonly hostNames: string
  readonly client: Client
  readonly program: SshProgram
  readonly files: PrivateFolder
}

/** The options that make ssh trust only hosts with a certificate of the engine's CA. */
export async function hostTrust(trust: Trust): Promise<readonly string[]> {
  const { program, files } = trust
  const options = [
    ...ONLY,
    // older versions reject unknown options
    ...((await isSince(program, '8.5')) ? ['KnownHostsCommand=none'] : []),
  ]
  return [
    ...pathOption('UserKnownHostsFile', files.write('known_hosts', await authorityLines(trust))),
    ...options.flatMap(option => ['-o', option]),
  ]
}

/** Lines of known_hosts that trust the engine's CA for hosts. @throws {Failure} */
export async function authorityLines({
  mount,
  hostNames,
  client,
}: Pick<Trust, 'mount' | 'hostNames' | 'client'>): Promise<string> {
  const keys = await during('failed to get host signing key', publicKeys(client, mount))
  if (keys === undefined) throw new Failure('missing host signing key', EXIT.server)
  if (keys.length === 0) throw new Failure('host signing key is empty', EXIT.server)
  return keys
    .map(line => sensible('the host signing key', () => parsePublicKey(line)))
    .map(key => `@cert-authority ${hostNames} ${publicKeyLine(key)}\n`)
    .join('')
}

const ONLY = [
  'GlobalKnownHostsFile=/dev/null',
  'StrictHostKeyChecking=yes',
  'VerifyHostKeyDNS=no',
  'NoHostAuthenticationForLocalhost=no',
  'UpdateHostKeys=no',
]
