import { expect } from 'chai'
import type { SignedBy } from '../../engine/api/request.ts'
import { NONCE } from './signed-reply.ts'
import { SigningHost } from './signing-host.ts'
import { testEngine } from './test-engine.ts'

/** An address that the role of {@link enrolledHost} covers. */
export const ADDRESS = '10.0.0.5'

/** The body of a verify. */
export const verifyBody = (otp: string) => ({ otp, nonce: NONCE })

/** Enrols a host with a token for its name. */
export async function enrol(
  { post }: Pick<Awaited<ReturnType<typeof testEngine>>, 'post'>,
  host: SigningHost,
  mount: string,
): Promise<void> {
  const { token } = (await post(`${mount}/hosts/${host.name}/enroll`)).body.data
  const { status } = await post(`${mount}/enroll`, host.enrollment(token), '')
  expect(status).to.equal(200)
}

/** An engine with a mount, a role and an enrolled host. */
export async function enrolledHost(addresses: readonly string[] = []) {
  const warnings: string[] = []
  const made = await testEngine({ warn: (_, message) => warnings.push(message) })
  await made.post('sys/mounts/otp', { type: 'ssh' })
  const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
  await made.post('otp/roles/web', role)
  const host = new SigningHost('web-1')
  await made.post('otp/hosts/web-1', { addresses })
  await enrol(made, host, 'otp')
  const issue = async (ip = ADDRESS) =>
    (await made.post('otp/creds/web', { ip })).body.data.key as string
  const now = () => made.core.now()
  const sign = (otp: string, changes: object = {}) =>
    host.sign(verifyBody(otp), { now: now(), ...changes })
  /** A verify of the password, as the host signs it unless `signedBy` says otherwise. */
  const verify = (otp: string, signedBy: SignedBy | 'nobody' = sign(otp)) =>
    made.ask('update', 'otp/verify', verifyBody(otp), '', signedBy === 'nobody' ? {} : { signedBy })
  const fetch = (path: string, changes: object = {}) =>
    made.ask('read', `otp/${path}`, {}, '', {
      signedBy: host.sign(undefined, { now: now(), method: 'GET', path, ...changes }),
    })
  return { ...made, host, issue, sign, verify, fetch, now, warnings }
}
