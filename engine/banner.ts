import { version } from '../shared/version.ts'
import type { Config } from './config.ts'
import type { Server } from './server.ts'

/** What a person sees who has started a server: where it is and what to do next, in the manner of Vault. */
export function banner({ listener, given, sealing }: Server, config: Config): string {
  const { url } = listener
  const facts = [
    ['Api Address', config.apiAddress ?? url],
    [
      'Listener 1',
      `tcp (addr: "${new URL(url).host}", tls: "${config.tls ? 'enabled' : 'disabled'}")`,
    ],
    ['Log Level', config.logLevel],
    ['Seal', sealing.type],
    ['Storage', config.storage.type],
    ['Version', `Postern v${version}`],
  ] as const
  return `==> Postern server configuration:

${facts.map(([name, value]) => `${name.padStart(24)}: ${value}`).join('\n')}

==> Postern server started! Log data will stream in below:

${given ? forgets(url, given) : ''}`
}

const forgets = (url: string, { rootToken, unsealKey }: NonNullable<Server['given']>) =>
  `WARNING! All data is kept in memory: when the server stops, it is gone.
It is initialized and unsealed.

You may need to set the following environment variables:

    $ export VAULT_ADDR='${url}'

${unsealKey ? 'The unseal key, for trying "operator seal", and the root token, which may do everything:\n' : 'The root token may do everything:\n'}
${unsealKey ? `Unseal Key: ${unsealKey.reveal()}\n` : ''}Root Token: ${rootToken.reveal()}

`
