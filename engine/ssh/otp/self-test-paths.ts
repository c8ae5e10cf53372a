import { string } from '../../../shared/field.ts'
import { newOtp } from '../../../shared/otp.ts'
import type { Secret } from '../../../shared/secret.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Event } from '../../api/event.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { requireHost } from '../host/authenticate-host.ts'
import { hostNameField } from '../host/host-fields.ts'
import type { Host } from '../host/hosts.ts'
import type { SeenHosts } from '../host/seen-hosts.ts'
import { selfTests } from '../host/self-tests.ts'
import { requirePrintable } from '../role/allowed-login.ts'
import { type Expected, type Mismatch, mismatchOf } from './mismatch.ts'

/** Seconds that the password of a test is valid. */
const TTL = 120

/** `hosts/:name/self-test`: a password by which a host tries its own login. Asked without a token, signed by that host. */
export const selfTest = (seen: SeenHosts) =>
  endpoint({
    path: 'hosts/:name/self-test',
    access: 'public',
    summary: 'Issues a one-time password for a test.',
    description:
      'The request must be signed by the host. Only this host can redeem the password, only in a request to verify with self_test, and only within two minutes; the last one that it requested counts. "postern-helper setup" tries a login with it.',
    fields: {
      name: hostNameField({ default: '', description: 'Name of the host.' }),
      username: string({
        default: '',
        plain: true,
        required: true,
        description: 'User of the host who logs in for the test.',
      }),
      role: string({
        default: 'self-test',
        plain: true,
        description: 'Name of the role that verify answers with.',
      }),
    },
    operations: {
      update: async function issueSelfTest({ name, username, role }, call) {
        const host = await requireHost(call, seen)
        if (host?.name !== name)
          throw new ApiError('invalid', 'only the host itself may request a password for its test')
        if (username === '') throw new ApiError('invalid', 'Missing username')
        for (const text of [username, role]) requirePrintable(text)
        const otp = newOtp()
        const id = saltedHash(call.mount.salt, otp)
        selfTests.put(call.tx, name, {
          ...{ id, username, role },
          expiresAt: call.now.getTime() + TTL * 1000,
        })
        return {
          data: { key: otp.reveal(), username, ttl: TTL },
          event: { name: 'test_issued', reason: REASON },
        }
      },
    },
  })

/** What is answered for a password that does not exist, or no longer. */
export const NOT_FOUND = 'OTP not found'

/** The answer of verify to a test, and its event; or why it is refused. */
type TestAnswer =
  | {
      readonly data: {
        readonly ip: ''
        readonly username: string
        readonly role_name: string
        readonly host: string
      }
      readonly event: Event
    }
  | { readonly refusal: Mismatch }

/** Redeems the password of the last test that a host has requested, which is used up by that. */
export async function redeemSelfTest(
  { tx, now, mount }: Call,
  host: Host | undefined,
  { otp, ...expected }: Omit<Expected, 'ip'> & { readonly otp: Secret },
): Promise<TestAnswer> {
  const found = host && (await selfTests.get(tx, host.name))
  if (!found || found.id !== saltedHash(mount.salt, otp) || found.expiresAt <= now.getTime())
    return { refusal: [NOT_FOUND, 'not found'] }
  const login = { ...found, host: host.name, ip: '' }
  const refusal = mismatchOf(login, { ...expected, ip: undefined })
  if (refusal) return { refusal }
  selfTests.delete(tx, host.name)
  const { username, role } = found
  return {
    data: { ip: '', username, role_name: role, host: host.name },
    event: { name: 'test_verified', reason: REASON },
  }
}

/** In the audit log. */
const REASON = 'self-test'
