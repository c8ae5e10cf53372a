import { hash } from 'node:crypto'
import type { Secret } from '../../shared/secret.ts'

/** The key under which a token, secret id or password is stored: SHA-256 over the salt of its mount and the secret, in hex. Contract §2.4. */
export const saltedHash = (salt: string, secret: Secret): string =>
  hash('sha256', salt + secret.reveal(), 'hex')
