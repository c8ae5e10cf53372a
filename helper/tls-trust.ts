import type { ConnectionOptions } from 'node:tls'
import { Invalid } from '../shared/invalid.ts'
import { tlsOptions } from '../shared/tls.ts'
import { readTrusted } from '../shared/trusted-file.ts'
import type { Config, Engine } from './config.ts'
import { Refusal } from './refusal.ts'

/**
 * How to know each engine by its certificate; undefined for one that is spoken to without TLS.
 * @throws {Refusal} if the certificates of the authorities cannot be read, or could have been changed by others
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
