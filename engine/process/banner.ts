import { version } from '../../shared/version.ts'
import type { Config } from '../config/config.ts'
import type { SealStatus } from '../seal/sealing-parts.ts'
import type { Server } from '../server.ts'

/**
 * What a person sees who has started a server: where it is and what to do next, in the manner of Vault.
 * @param status unknown while the storage cannot be read
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

/** A URL to ask the server by on its own machine, where it listens on all addresses. */
function dialled(text: string): string {
  const url = new URL(text)
  const loopback = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['[::]', '[::1]'],
  ])
  url.hostname = loopback.get(url.hostname) ?? url.hostname
  return url.origin
}

/** What is to be done before the server can do anything. */
function nextStep(url: string, status: SealStatus | undefined): string {
  if (!status?.sealed) return ''
  const { initialized, type, migrates } = status
  const step = !initialized
    ? 'Its storage is new. Make its keys, once for all nodes, with:\n\n    $ postern operator init'
    : migrates
      ? 'It is sealed, and its storage has a seal of another type. Replace that, with as many shares as it needs, with:\n\n    $ postern operator unseal -migrate'
      : type === 'shamir'
        ? 'It is sealed. Unseal it, with as many shares as it needs, with:\n\n    $ postern operator unseal'
        : 'It is sealed.'
  return `    $ export POSTERN_ADDR='${url}'\n\n${step}\n\n`
}

const forgets = (
  url: string,
  { rootToken, unsealKey }: NonNullable<Server['given']>,
  caFile: string | undefined,
) =>
  `WARNING! All data is kept in memory: when the server stops, it is gone.
It is initialized and unsealed.

You may need to set the following environment variables:

    $ export POSTERN_ADDR='${dialled(url)}'
    $ export VAULT_ADDR='${dialled(url)}'
${caFile === undefined ? '' : `    $ export POSTERN_CACERT='${caFile}'\n    $ export VAULT_CACERT='${caFile}'\n`}
${unsealKey ? 'The unseal key, for trying "operator seal", and the root token, which may do everything:\n' : 'The root token may do everything:\n'}
${unsealKey ? `Unseal Key: ${unsealKey.reveal()}\n` : ''}Root Token: ${rootToken.reveal()}

`
