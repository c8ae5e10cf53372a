import type { EngineLog } from '../../engine/log.ts'
import { type Server, type ServerSettings, startServer } from '../../engine/server.ts'
import { Secret } from '../../shared/secret.ts'

/**
 * An engine in this process on a free port of 127.0.0.1: without TLS, in memory, unsealed, with the root token `root`, and with a log that
 * goes nowhere, unless `more` and `log` say otherwise.
 */
export const quickServer = (
  more: Partial<ServerSettings> = {},
  log: Partial<EngineLog> = {},
): Promise<Server> =>
  startServer(
    {
      address: '127.0.0.1:0',
      tls: undefined,
      lifetimes: { defaultTtl: 2_764_800, maxTtl: 2_764_800 },
      storage: { type: 'inmem' },
      sealKeys: undefined,
      rootToken: new Secret('root'),
      ...more,
    },
    { trace() {}, debug() {}, info() {}, warn() {}, error() {}, ...log },
  )
