import { expect } from 'chai'
import { HOST_HEADERS } from '../../../../shared/host-signature.ts'
import { SigningHost } from '../../../support/signing-host.ts'
import { api, ours } from '../api.ts'
import { expectReply } from '../reply.ts'

describe('The self-test of a host', () => {
  const { ssh, ask, mount, delete: remove } = api()
  const [host, other] = [new SigningHost('test-1'), new SigningHost('test-2')]
  const FOR = { username: 'alice' }

  const headersOf = (from: SigningHost, body: object, path: string) => {
    const signed = from.sign(body, { now: new Date(), path })
    const entries = Object.entries(HOST_HEADERS).map(([name, header]) => [
      header,
      String(signed[name as keyof typeof HOST_HEADERS]),
    ])
    return Object.fromEntries(entries.filter(([, value]) => value !== '')) as Record<string, string>
  }
  const send = (from: SigningHost | undefined, path: string, body: object) =>
    ask('PUT', `${mount}/${path}`, {
      body,
      headers: from ? headersOf(from, body, path) : {},
      token: '',
    })
  const issue = async () =>
    (await send(host, 'hosts/test-1/self-test', FOR)).body.data.key as string
  const verify = (from: SigningHost | undefined, body: object) => send(from, 'verify', body)
  const LOGIN = { username: 'alice', ip: '', host: 'test-1', role_name: 'self-test' }

  before(async () => {
    for (const each of [host, other]) {
      const { body } = await ssh(`hosts/${each.name}/enroll`)
      await ssh('enroll', each.enrollment(body.data.token), '')
    }
  })

  ours('is redeemed once, by the host that requested it, in a test', async () => {
    const otp = await issue()
    expectReply(await verify(host, { otp, username: 'alice', self_test: true }), { data: LOGIN })
    expect((await verify(host, { otp, self_test: true })).status).to.equal(400)
  })

  ours('is no password of a login, for anybody', async () => {
    const otp = await issue()
    for (const from of [host, other, undefined])
      expect((await verify(from, { otp })).body.errors).to.deep.equal(['OTP not found'])
    expect((await verify(host, { otp, self_test: true })).status).to.equal(200)
  })

  ours('is redeemed by no other host, user or role, and stays valid', async () => {
    const otp = await issue()
    for (const [from, body] of [
      [other, { otp, self_test: true }],
      [undefined, { otp, self_test: true }],
      [host, { otp, self_test: true, username: 'root' }],
      [host, { otp, self_test: true, roles: 'web' }],
    ] as const)
      expect((await verify(from, body)).status).to.equal(400)
    expect((await verify(host, { otp, self_test: true, roles: 'self-test' })).status).to.equal(200)
  })

  ours('takes no password of a login, which stays valid', async () => {
    await ssh('roles/web', { key_type: 'otp', default_user: 'alice', cidr_list: '10.0.0.0/8' })
    const otp = (await ssh('creds/web', { ip: '10.0.0.5' })).body.data.key as string
    expect((await verify(host, { otp, self_test: true })).status).to.equal(400)
    expect((await verify(host, { otp })).status).to.equal(200)
  })

  ours('is issued to the host itself alone, and to none that is disabled', async () => {
    for (const [from, name] of [
      [undefined, 'test-1'],
      [other, 'test-1'],
      [host, 'test-2'],
    ] as const)
      expect((await send(from, `hosts/${name}/self-test`, FOR)).status).to.equal(400)
    expect((await ssh('hosts/test-1/self-test', FOR)).status).to.equal(400)
    expect((await send(host, 'hosts/test-1/self-test', { username: '' })).status).to.equal(400)
    await ssh('hosts/test-1', { disabled: true })
    expect((await send(host, 'hosts/test-1/self-test', FOR)).status).to.equal(400)
    await ssh('hosts/test-1', { disabled: false })
  })

  ours('counts only as the last one, and is deleted with the host', async () => {
    const first = await issue()
    const second = await issue()
    expect((await verify(host, { otp: first, self_test: true })).status).to.equal(400)
    await remove(`${mount}/hosts/test-1`)
    expect((await verify(host, { otp: second, self_test: true })).status).to.equal(400)
  })
})
