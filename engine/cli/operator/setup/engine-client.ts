import type { Secret } from '../../../../shared/secret.ts'
import { parseBindAddress } from '../../../http/bind-address.ts'
import type { Client } from '../../client.ts'
import type { Settings } from '../../settings.ts'
import { type SetupPlan, tlsFilesOf } from './setup-plan.ts'

/** Makes clients of the engine of this machine, whatever the environment says. */
export type EngineClients = (token?: Secret) => Client

/** @param connect makes a client with changed settings */
export function engineClients(
  plan: SetupPlan,
  connect: (changes: Partial<Settings>) => Client,
): EngineClients {
  const { host, port } = parseBindAddress(plan.listen)
  const isAny = host === undefined || host === '0.0.0.0' || host === '::'
  const dialled = isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  const serverName = new URL(plan.apiAddress).hostname.replace(/^\[|\]$/g, '')
  return token =>
    connect({
      address: new URL(`https://${dialled}:${port}`),
      trust: { caFile: tlsFilesOf(plan).authority, serverName },
      token,
      ...{ namespace: undefined, wrapTtl: undefined, headers: {}, proxy: () => undefined },
    })
}
