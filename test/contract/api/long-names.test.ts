import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

const LONG = 'a'.repeat(1025)
const POLICY = { policy: 'path "a" { capabilities = ["read"] }' }

describe('A name that is too long', () => {
  for (const [what, path, data] of [
    ['role', `ssh/roles/${LONG}`, { key_type: 'otp', default_user: 'a', cidr_list: '0.0.0.0/0' }],
    ['policy', `sys/policies/acl/${LONG}`, POLICY],
    ['user', `auth/userpass/users/${LONG}`, { password: 'x' }],
    ['mount', `sys/mounts/${LONG}`, { type: 'ssh' }],
    ['auth method', `sys/auth/${LONG}`, { type: 'userpass' }],
    ['quota', `sys/quotas/rate-limit/${LONG}`, { rate: 1 }],
    ['token role', `auth/token/roles/${LONG}`, {}],
    ['path of a token', `cubbyhole/${LONG}`, { a: 'b' }],
    ['policy in few letters of many bytes', `sys/policies/acl/${'é'.repeat(500)}`, POLICY],
  ] as const)
    it(`of a ${what} is 400`, async () => {
      const { post } = await testEngine()
      await post('sys/auth/userpass', { type: 'userpass' })
      const { status, body } = await post(path, data)
      expect([status, body.errors?.length]).to.deep.equal([400, 1])
    })

  it('may have 1024 bytes', async () => {
    const { post, get } = await testEngine()
    const path = `sys/policies/acl/${LONG.slice(1)}`
    expect((await post(path, POLICY)).status).to.equal(204)
    expect((await get(path)).status).to.equal(200)
  })
})
