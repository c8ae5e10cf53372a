import { version } from '../../shared/version.ts'
import type { Config } from '../config/config.ts'
import { PAGE } from '../http/pages.ts'
import type { SealStatus } from '../seal/sealing-parts.ts'
import type { Server } from '../server.ts'

/** What a server finds when it starts. */
interface Found {
  /** Undefined while the storage cannot be read. */
  readonly status: SealStatus | undefined
  /** Whether it serves the page. */
  readonly hasPage: boolean
}

/** What the operator who starts a server sees: its address and what to do next, as in Vault. */
export function banner(
  { listener, given, sealing }: Server,
  config: Config,
  { status, hasPage }: Found,
): string {
  const { url } = listener
  const reached = config.apiAddress ?? dialled(url)
  const page = hasPage ? new URL(PAGE, reached).href : undefined
  const facts = [
    ['Api Address', reached],
    [
      'Listener 1',
      `tcp (addr: "${new URL(url).host}", tls: "${config.tls ? 'enabled' : 'disabled'}")`,
    ],
    ['Log Level', config.logLevel],
    ...(config.ui ? [['Page', page ?? 'not built: npm run build'] as const] : []),
    ['Seal', sealing.type],
    ['Storage', config.storage.type],
    ...(config.workers > 1 ? [['Workers', String(config.workers)] as const] : []),
    ['Version', `Postern v${version}`],
  ] as const
  return `==> Postern server configuration:

${facts.map(([name, value]) => `${name.padStart(24)}: ${value}`).join('\n')}

==> Postern server started! Log data will stream in below:

${given ? forgets({ url, page, caFile: config.devCaFile }, given) : nextStep(reached, status)}`
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

interface Reached {
  readonly url: string
  readonly page: string | undefined
  readonly caFile: string | undefined
}

const forgets = (
  { url, page, caFile }: Reached,
  { rootToken, unsealKey }: NonNullable<Server['given']>,
) =>
  `WARNING! All data is in memory and is lost when the server stops.
It is initialized and unsealed.

You may need to set the following environment variables:

    $ export POSTERN_ADDR='${dialled(url)}'
    $ export VAULT_ADDR='${dialled(url)}'
${caFile === undefined ? '' : `    $ export POSTERN_CACERT='${caFile}'\n    $ export VAULT_CACERT='${caFile}'\n`}${page === undefined ? '' : `\nOr open ${page} in a browser, and log in with the root token.\n`}
${unsealKey ? 'The unseal key, to test "operator seal", and the root token, which has all rights:\n' : 'The root token, which has all rights:\n'}
${unsealKey ? `Unseal Key: ${unsealKey.reveal()}\n` : ''}Root Token: ${rootToken.reveal()}

`
