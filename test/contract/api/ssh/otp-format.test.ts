import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectFailure, expectReply, UUID } from '../reply.ts'

const OTP = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
const TYPED = /^[0-9a-hjkmnp-tv-z]{6}-[0-9a-hjkmnp-tv-z]{6}-[0-9a-hjkmnp-tv-z]{6}$/

describe('the format of one-time passwords', () => {
  const { ssh, get, mount } = api()

  const issue = async (role: string) =>
    (await ssh(`creds/${role}`, { ip: '10.0.0.5' })).body.data.key as string

  ours('is that of a UUID unless the role says otherwise, and shown only then', async () => {
    for (const given of [{}, { otp_format: 'uuid' }, { otp_format: 'UUID' }]) {
      expect((await ssh('roles/plain', { ...OTP, ...given })).status).to.equal(204)
      expect((await get(`${mount}/roles/plain`)).body.data).not.to.have.property('otp_format')
      expect(await issue('plain')).to.match(UUID)
    }
    expect((await ssh('roles/typed', { ...OTP, otp_format: 'Base32' })).status).to.equal(204)
    expect((await get(`${mount}/roles/typed`)).body.data.otp_format).to.equal('base32')
    expect(await issue('typed')).to.match(TYPED)
  })

  ours(
    'of passwords that people type is redeemed as it was issued, and in no other way',
    async () => {
      await ssh('roles/typed', { ...OTP, otp_format: 'base32' })
      const otp = await issue('typed')
      for (const other of [otp.toUpperCase(), otp.replaceAll('-', ''), otp.replaceAll('-', ' ')])
        expectFailure(await ssh('verify', { otp: other }, ''), 400, 'OTP not found')
      expectReply(await ssh('verify', { otp }, ''), {
        data: { username: 'ubuntu', ip: '10.0.0.5', role_name: 'typed' },
      })
      expectFailure(await ssh('verify', { otp }, ''), 400, 'OTP not found')
    },
  )

  ours('is refused for other kinds of role, and where there is no such format', async () => {
    const ca = { key_type: 'ca', allow_user_certificates: true }
    const dynamic = { key_type: 'dynamic', default_user: 'u', key: 'k', admin_user: 'root' }
    for (const role of [ca, dynamic])
      expectFailure(
        await ssh('roles/other', { ...role, otp_format: 'base32' }),
        400,
        'otp_format is for roles of type otp: the others make no one-time passwords',
      )
    expect((await ssh('roles/other', { ...ca, otp_format: 'uuid' })).status).to.equal(204)
    const { status, body } = await ssh('roles/other', { ...OTP, otp_format: 'base64' })
    expect(status).to.equal(400)
    expect(body.errors[0]).to.match(/otp_format.*"base64" is not one of uuid, base32/)
  })
})
