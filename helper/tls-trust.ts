import type { ConnectionOptions } from 'node:tls'
import { Invalid } from '../shared/invalid.ts'
import { tlsOptions } from '../shared/tls.ts'
import { readTrusted } from '../shared/trusted-file.ts'
import type { Config, Engine } from './config.ts'
import { Refusal } from './refusal.ts'

/**
 * The TLS options for an engine; undefined for one without TLS.
 * @throws {Refusal} if the CA certificates cannot be read, or other users can change them
 */
export const trustOf =
  (config: Config) =>
  ({ secure, host }: Engine): ConnectionOptions | undefined => {
    if (!secure) return undefined
    try {
      return tlsOptions(host, config, file => readTrusted(file, { links: true }))
    } catch (error) {
      throw error instanceof Invalid ? new Refusal('settings', error.message) : error
    }
  }
