import { attempt } from '../../../shared/result.ts'
import { Failure } from '../failure.ts'
import { type Credential, isForCertificates, revoke } from '../ssh/credential.ts'
import { matchingCredential } from '../ssh/matching-credential.ts'
import type { Target } from '../ssh/target.ts'

interface Wanted {
  readonly mount: string
  readonly role: string
  /** Name of an enrolled host; undefined for the host that ssh connects to. */
  readonly host: string | undefined
}

/** A password that was issued, and when it expires by the monotonic clock, in milliseconds. */
export interface IssuedOtp {
  readonly credential: Credential
  readonly lease: string
  readonly expires: number
  /** Milliseconds from the request to the end. */
  readonly lifetime: number
}

/** Requests a password. It may be used from elsewhere, so it is not tried whether the host can be reached from here. @throws {Failure} */
export async function issueOtp(
  target: Target,
  { mount, role, host }: Wanted,
  session: Parameters<typeof matchingCredential>[2],
): Promise<IssuedOtp> {
  const begun = performance.now()
  const wanted = { mount, role, host, mode: undefined, naming: undefined }
  const issued = await attempt(() =>
    matchingCredential({ ...target, proxied: true }, wanted, session),
  )
  if (!issued.ok)
    throw isForCertificates(issued.error) ? noPasswords(role, 'signs certificates') : issued.error
  const { envelope, keyType } = issued.value
  if (keyType !== 'otp') {
    await attempt(() => revoke(issued.value, session.client))
    throw noPasswords(role, 'makes keys')
  }
  const lifetime = envelope.lease_duration * 1000
  const lease = envelope.lease_id
  return { credential: issued.value, lease, expires: begun + lifetime, lifetime }
}

const noPasswords = (role: string, does: string) =>
  new Failure(`the role ${JSON.stringify(role)} ${does}: log in with "postern ssh -role=${role}"`)
