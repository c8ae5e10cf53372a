import { boolean, keyValues, list, string } from '../../../shared/field.ts'
import { ECHO_REQUEST, ECHO_RESPONSE } from '../../../shared/otp.ts'
import { Secret } from '../../../shared/secret.ts'
import type { Call } from '../../api/call.ts'
import { endpoint } from '../../api/endpoint.ts'
import { ApiError } from '../../api/errors.ts'
import type { Reply } from '../../api/reply.ts'
import { saltedHash } from '../../api/salted-hash.ts'
import { ANONYMOUS, checkHost } from '../host/authenticate-host.ts'
import type { Host } from '../host/hosts.ts'
import type { SeenHosts } from '../host/seen-hosts.ts'
import { verifySettings } from '../host/verify-settings-paths.ts'
import { type Mismatch, mismatchOf } from './mismatch.ts'
import { MISSES, type Otp, otps, type Presented } from './otps.ts'
import { presentedSecret } from './presented-secret.ts'
import type { RememberedReplyKeys } from './remembered-reply-keys.ts'
import { activeOf, replyKeys } from './reply-keys.ts'
import { NOT_FOUND, redeemSelfTest } from './self-test-paths.ts'
import { type Signer, signerFor } from './signed-answer.ts'
import { isReplay, leaveTombstone } from './tombstones.ts'

const NONCE = /^[\x21-\x7e]{1,128}$/

/** `verify`: redeems a one-time password, exactly once. Asked without a token by the helper on a host. Contract §2.6. */
export const verify = (remembered: RememberedReplyKeys, seen: SeenHosts) =>
  endpoint({
    path: 'verify',
    access: 'public',
    cachedReads: true,
    plainReplyKeys: ['role_name', 'message'],
    probe: ({ otp, nonce }, { mount, ...call }) => {
      const found = nonce === undefined ? { key: undefined } : remembered.get(mount.id)
      // a node that has not signed lately looks the key up
      if (!found) return undefined
      const asked = { ...call, mountPath: mount.path, nonce, otp: new Secret(otp) }
      return echoed({ otp, nonce }, signerFor(asked, found.key))
    },
    summary: 'Redeems a one-time password.',
    description:
      'Answers with the login that the password was made for; a second request for the same password fails. When username, ip or roles are sent and the password was made for another login, the request fails and the password stays valid, five times at the most.',
    fields: {
      otp: string({
        default: '',
        required: true,
        description: 'The one-time password that was typed.',
      }),
      username: string({
        plain: true,
        description: 'The user who is logging in. Checked before the password is used up.',
      }),
      ip: list({
        plain: true,
        description:
          'The addresses of the host, one or several. One of them must be the address the password was made for. Checked before the password is used up.',
      }),
      roles: list({
        plain: true,
        description:
          'The roles that may log in on the host. One of them must be the role the password is of. Checked before the password is used up.',
      }),
      self_test: boolean({
        default: false,
        description:
          'Whether this is a test of the host, which redeems a password of hosts/:name/self-test and no other.',
      }),
      nonce: string({
        description:
          'Up to 128 printable characters, given back in the answer, which shows that the answer is to this request.',
      }),
      sealed: keyValues({
        description:
          'The password, encrypted for keys of verify/keys, by their ids, in place of otp. With a nonce.',
      }),
    },
    operations: {
      update: async function verifyOtp(
        { otp: text, username, ip, roles, nonce, sealed, self_test: isTest },
        call,
      ) {
        const { tx, now, mount } = call
        const keys = nonce === undefined ? undefined : await replyKeys(tx)
        const key = activeOf(keys)
        if (nonce !== undefined) remembered.put(mount.id, key)
        const isEcho = text === ECHO_REQUEST
        const given = { plain: text, nonce, sealed: isEcho ? undefined : sealed }
        const presented = presentedSecret({ kind: 'otp', ...given }, keys, mount)
        const otp = presented ?? new Secret('')
        const asked = { now, requestId: call.requestId, mountPath: mount.path, nonce, otp }
        const sign = signerFor(asked, key)
        const check = echoed({ otp: text, nonce }, sign)
        if (check) return check
        const refuse = refusing(sign, call.requestId)
        if (nonce !== undefined && !NONCE.test(nonce))
          throw new ApiError('invalid', 'nonce must be 1 to 128 printable characters')

        const { host, isElsewhere, refusal } = await senderOf(call, seen)
        if (refusal) throw refuse(refusal.message, refusal.reason)
        if (!presented) throw refuse(...SEALED)

        const notFound = () => refuse(NOT_FOUND, 'not found')
        if (isTest) {
          const answered = await redeemSelfTest(call, host, { otp, username, roles })
          if ('refusal' in answered) throw refuse(...answered.refusal)
          const { data } = answered
          const { role_name: role, ...granted } = data
          return {
            data: { ...data, ...echo(nonce), ...sign({ decision: 'allowed', role, ...granted }) },
            event: answered.event,
          }
        }
        const id = saltedHash(mount.salt, otp)
        const login = await otps.get(tx, id)
        const by = presentedIn(call, host)
        // to the client it is a password that never existed
        if (login && isReplay(tx, id, login, by))
          return { refusal: refuse(NOT_FOUND, 'replay', login.lease) }
        if (!login || login.expiresAt <= now.getTime()) throw notFound()

        // a password for another host is not used up by this one, and a host does not guess
        if (!mayRedeem(host, login))
          throw refuse(...(login.host === undefined ? OTHER_ADDRESS : OTHER_HOST))
        const mismatch = mismatchOf(login, { username, ip, roles })
        if (mismatch) return countMiss(tx, { id, login, by }, refuse(...mismatch))

        leaveTombstone(tx, { id, otp: login }, { state: 'used', at: by.at, by })
        const granted = {
          ip: login.ip,
          host: login.host,
          username: login.username,
          role: login.role,
        }
        return {
          data: {
            ...{ ip: login.ip, username: login.username, role_name: login.role },
            ...(login.host !== undefined && { host: login.host }),
            ...echo(nonce),
            ...sign({ decision: 'allowed', ...granted }),
          },
          endsLeases: [login.lease],
          requiresLiveToken: notFound,
          event: {
            name: 'otp_verified',
            ...(isElsewhere && { reason: 'host key from two addresses' }),
          },
          ...(host && { afterCommit: async () => seen.noteVerify(mount.id, now, host.name) }),
        }
      },
    },
  })

const SEALED: Mismatch = [
  'the password is not encrypted for a key of this mount: fetch the keys, postern-helper verify-keys',
  'sealed',
]

const presentedIn = (
  { now, address, requestId, correlation }: Call,
  host: Host | undefined,
): Presented => ({
  ...{ at: now.getTime(), address, requestId, correlation },
  ...(host && { host: host.name }),
})

/** The host that has sent the request; none where anybody may verify, and nobody has signed. */
async function senderOf(call: Call, seen: SeenHosts): ReturnType<typeof checkHost> {
  if (call.signedBy) return checkHost(call, seen)
  const { anonymous } = await verifySettings(call.tx)
  return anonymous === 'allow' ? { host: undefined } : { refusal: ANONYMOUS }
}

/** A password for a host is for that host alone, wherever it is. */
function mayRedeem(host: Host | undefined, { ip, host: wanted }: Otp): boolean {
  if (wanted !== undefined) return host?.name === wanted
  return !host || host.addresses.length === 0 || host.addresses.includes(ip)
}

const OTHER_ADDRESS: Mismatch = [
  'OTP was issued for an address that this host does not have',
  'other host',
]

const OTHER_HOST: Mismatch = ['OTP was issued for another host', 'other host']

/** Makes refusals, signed for the request if it can be. */
const refusing =
  (sign: Signer, requestId: string) =>
  (message: string, reason: string, lease?: string): ApiError => {
    const signature = sign({ decision: 'refused', reason: message })
    return new ApiError('invalid', message, {
      event: { name: 'otp_refused', reason },
      lease,
      ...(signature && { beside: { request_id: requestId, ...signature } }),
    })
  }

function echoed(
  { otp, nonce }: { readonly otp: string; readonly nonce: string | undefined },
  sign: Signer,
): Reply | undefined {
  if (otp !== ECHO_REQUEST) return undefined
  return { data: { message: ECHO_RESPONSE, ...echo(nonce), ...sign({ decision: 'echo' }) } }
}

const echo = (nonce: string | undefined) => (nonce === undefined ? {} : { nonce })

interface Miss {
  readonly id: string
  readonly login: Otp
  readonly by: Presented
}

/** Counts a password presented in the wrong place, so that a stolen one cannot be tried out everywhere. */
function countMiss(tx: Call['tx'], { id, login, by }: Miss, refusal: ApiError): Reply {
  const reason = refusal.message
  const missed = { ...login, misses: login.misses + 1, refused: { ...by, reason } }
  if (missed.misses < MISSES) {
    otps.put(tx, id, missed)
    return { refusal }
  }
  leaveTombstone(tx, { id, otp: missed }, { state: 'refused', at: by.at, by })
  return { refusal, endsLeases: [login.lease] }
}
