import { parsePublicKey, publicKeyLine } from '../../openssh/public-key.ts'
import type { Client } from '../client.ts'
import { during, EXIT, Failure } from '../failure.ts'
import { pathOption } from './path-option.ts'
import type { PrivateFolder } from './private-folder.ts'
import { publicKeys } from './public-keys.ts'
import { sensible } from './sensible.ts'
import { isSince, type SshProgram } from './ssh-client.ts'

interface Trust {
  /** Where the engine's CA for hosts is mounted. */
  readonly mount: string
  /** Names of the hosts that this CA speaks for. */
  readonly hostNames: string
  readonly client: Client
  readonly program: SshProgram
  readonly files: PrivateFolder
}

/** Options by which ssh trusts hosts that the engine's CA for hosts has signed, and no others, whatever else it knows. */
export async function hostTrust(trust: Trust): Promise<readonly string[]> {
  const { mount, hostNames, client, program, files } = trust
  const keys = await during('failed to get host signing key', publicKeys(client, mount))
  if (keys === undefined) throw new Failure('missing host signing key', EXIT.server)
  if (keys.length === 0) throw new Failure('host signing key is empty', EXIT.server)
  const lines = keys
    .map(line => sensible('the host signing key', () => parsePublicKey(line)))
    .map(key => `@cert-authority ${hostNames} ${publicKeyLine(key)}\n`)
  const options = [
    ...ONLY,
    // older ones do not know it, and an option that is not known is an error
    ...((await isSince(program, '8.5')) ? ['KnownHostsCommand=none'] : []),
  ]
  return [
    ...pathOption('UserKnownHostsFile', files.write('known_hosts', lines.join(''))),
    ...options.flatMap(option => ['-o', option]),
  ]
}

const ONLY = [
  'GlobalKnownHostsFile=/dev/null',
  'StrictHostKeyChecking=yes',
  'VerifyHostKeyDNS=no',
  'NoHostAuthenticationForLocalhost=no',
  'UpdateHostKeys=no',
]
