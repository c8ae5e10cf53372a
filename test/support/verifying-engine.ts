import type { Request, Response } from '../../engine/api/request.ts'
import { ADDRESS, enrol } from './enrolled-host.ts'
import { SigningHost } from './signing-host.ts'
import { type Answer, testEngine } from './test-engine.ts'

/** An engine with the OTP roles `web`, for addresses, and `hosts`, for the hosts web-1 and web-2. Nothing there ends a lease by itself. */
export async function verifyingEngine(options?: Parameters<typeof testEngine>[0]) {
  const made = await testEngine(options)
  await made.post('ssh/config/verify', { anonymous: 'allow' })
  const role = { key_type: 'otp', default_user: 'ubuntu' }
  await made.post('ssh/roles/web', { ...role, cidr_list: '10.0.0.0/8' })
  await made.post('ssh/roles/hosts', { ...role, hosts: 'web-*' })
  const hosts = [new SigningHost('web-1'), new SigningHost('web-2')] as const
  for (const host of hosts) {
    await made.post(`ssh/hosts/${host.name}`, {})
    await enrol(made, host, 'ssh')
  }
  const issue = async (role = 'web', where: object = { ip: ADDRESS }) => {
    const { body } = await made.post(`ssh/creds/${role}`, where)
    return { otp: body.data.key as string, lease: body.lease_id as string }
  }
  /** A request without a token, signed by a host if one is given. */
  const send = (path: string, data: object, by?: SigningHost, more: Partial<Request> = {}) =>
    made.respond('update', `ssh/${path}`, data, '', {
      ...(by && { signedBy: by.sign(data, { now: made.core.now(), path }) }),
      ...more,
    }) as Promise<Answer & Pick<Response, 'event' | 'isProbe'>>
  const verify = (data: object, by?: SigningHost, more?: Partial<Request>) =>
    send('verify', data, by, more)
  return { ...made, hosts, issue, send, verify }
}
