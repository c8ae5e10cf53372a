import type { Engine } from '../api/engine.ts'
import { creds } from './creds.ts'
import { lookup } from './lookup.ts'
import { roleEndpoint, roleList } from './roles.ts'
import { otps } from './tables.ts'
import { verify } from './verify.ts'
import { zeroAddress } from './zero-address.ts'

/** The SSH secrets engine. */
export const ssh: Engine = {
  type: 'ssh',
  description:
    'The ssh engine makes credentials for SSH logins: one-time passwords, bound to a user and an address, that the helper on the remote host redeems.',
  endpoints: [roleList, roleEndpoint, creds, lookup, verify, zeroAddress],
  revoke: {
    async otp(secret, { tx }) {
      // put there by creds, and only by creds
      otps.delete(tx, (secret as { readonly id: string }).id)
    },
  },
}
