import { version } from '../../shared/version.ts'
import type { Config } from '../config/config.ts'
import type { SealStatus } from '../seal/sealing-parts.ts'
import type { Server } from '../server.ts'

/**
 * What the operator who starts a server sees: its address and what to do next, as in Vault.
 * @param status undefined while the storage cannot be read
 */
export function banner(
  { listener, given, sealing }: Server,
  config: Config,
  status: SealStatus | undefined,
): string {
  const { url } = listener
  const facts = [
    ['Api Address', config.apiAddress ?? dialled(url)],
    [
      'Listener 1',
      `tcp (addr: "${new URL(url).host}", tls: "${config.tls ? 'enabled' : 'disabled'}")`,
    ],
    ['Log Level', config.logLevel],
    ['Seal', sealing.type],
    ['Storage', config.storage.type],
    ...(config.workers > 1 ? [['Workers', String(config.workers)] as const] : []),
    ['Version', `Postern v${version}`],
  ] as const
  return `==> Postern server configuration:

${facts.map(([name, value]) => `${name.padStart(24)}: ${value}`).join('\n')}

==> Postern server started! Log data will stream in below:

${given ? forgets(url, given, config.devCaFile) : nextStep(config.apiAddress ?? dialled(url), status)}`
}

/** A URL for local clients: with a loopback address if the server listens on all addresses. */
function dialled(text: string): string {
  const url = new URL(text)
  const loopback = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['[::]', '[::1]'],
  ])
  url.hostname = loopback.get(url.hostname) ?? url.hostname
  return url.origin
}

/** What to do before the server can serve requests. */
function nextStep(url: string, status: SealStatus | undefined): string {
  if (!status?.sealed) return ''
  const { initialized, type, migrates } = status
  const step = !initialized
    ? 'Its storage is new. Initialize it, once for all nodes, with:\n\n    $ postern operator init'
    : migrates
      ? 'It is sealed, and its storage has a seal of another type. Migrate the seal, with a quorum of shares, with:\n\n    $ postern operator unseal -migrate'
      : type === 'shamir'
        ? 'It is sealed. Unseal it, with a quorum of shares, with:\n\n    $ postern operator unseal'
        : 'It is sealed.'
  return `    $ export POSTERN_ADDR='${url}'\n\n${step}\n\n`
}

const forgets = (
  url: string,
  { rootToken, unsealKey }: NonNullable<Server['given']>,
  caFile: string | undefined,
) =>
  `WARNING! All data is in memory and is lost when the server stops.
It is initialized and unsealed.

You may need to set the following environment variables:

    $ export POSTERN_ADDR='${dialled(url)}'
    $ export VAULT_ADDR='${dialled(url)}'
${caFile === undefined ? '' : `    $ export POSTERN_CACERT='${caFile}'\n    $ export VAULT_CACERT='${caFile}'\n`}
${unsealKey ? 'The unseal key, to test "operator seal", and the root token, which has all rights:\n' : 'The root token, which has all rights:\n'}
${unsealKey ? `Unseal Key: ${unsealKey.reveal()}\n` : ''}Root Token: ${rootToken.reveal()}

`
