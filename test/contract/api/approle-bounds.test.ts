import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

const invalid = (text: string) => ({ status: 400, body: { errors: [text] } })

/** A role whose machines are bound to some blocks of addresses; tests log in from 192.0.2.1. */
async function bound(role: object) {
  const here = await testEngine()
  await here.post('sys/auth/approle', { type: 'approle' })
  const write = (more: object) => here.post('auth/approle/role/web', more)
  await write({ token_policies: 'web', ...role })
  const { role_id } = (await here.get('auth/approle/role/web/role-id')).body.data
  const secretId = (given: object = {}) => here.post('auth/approle/role/web/secret-id', given)
  const logIn = async (given: object = {}) => {
    const { secret_id } = (await secretId(given)).body.data
    return () => here.post('auth/approle/login', { role_id, secret_id }, '')
  }
  const bounds = async (token: string) =>
    (await here.get('auth/token/lookup-self', token)).body.data.bound_cidrs
  return { ...here, write, secretId, logIn, bounds }
}

describe('A secret id', () => {
  for (const [field, roleField, given] of [
    ['token_bound_cidrs', 'token_bound_cidrs', '0.0.0.0/0,::/0'],
    ['token_bound_cidrs', 'token_bound_cidrs', '10.1.0.0/16,192.0.2.0/24'],
    ['token_bound_cidrs', 'token_bound_cidrs', '10.0.0.0/7'],
    ['cidr_list', 'secret_id_bound_cidrs', '192.0.2.1'],
    ['cidr_list', 'secret_id_bound_cidrs', '::ffff:10.0.0.1/8'],
  ] as const)
    it(`reaches no further than its role: ${field} ${given}`, async () => {
      const { secretId, post } = await bound({ [roleField]: '10.0.0.0/8' })
      const { status, body } = await secretId({ [field]: given })
      expect(status).to.equal(400)
      expect(body.errors[0]).to.match(
        /^failed to verify subset relationship between CIDR blocks on the role \["10.0.0.0\/8"\]|^invalid CIDR/,
      )
      const custom = { secret_id: 'a-secret-of-mine', [field]: given }
      const { status: other } = await post('auth/approle/role/web/custom-secret-id', custom)
      expect(other).to.equal(400)
    })

  it('may narrow what its role says', async () => {
    const { logIn, bounds } = await bound({ token_bound_cidrs: '192.0.0.0/8,10.0.0.0/8' })
    const enter = await logIn({ token_bound_cidrs: '192.0.2.1,10.1.0.0/16' })
    expect(await bounds((await enter()).body.auth.client_token)).to.deep.equal([
      '192.0.2.1/32',
      '10.1.0.0/16',
    ])
  })

  it('that is older than the bounds of its role is held to both', async () => {
    const { write, logIn, bounds } = await bound({})
    const enter = await logIn({ token_bound_cidrs: '192.0.0.0/16,198.51.100.7' })
    await write({ token_bound_cidrs: '192.0.2.0/24,198.51.0.0/16' })
    expect(await bounds((await enter()).body.auth.client_token)).to.deep.equal([
      '198.51.100.7/32',
      '192.0.2.0/24',
    ])
    await write({ token_bound_cidrs: '203.0.113.0/24' })
    expect((await enter()).status).to.equal(403)
    await write({ token_bound_cidrs: '' })
    expect((await enter()).status).to.equal(200)
  })
})

describe('What could only fail at a login', () => {
  const REFUSED = invalid('cannot assign policy "response-wrapping"')

  it('is refused when it is written', async () => {
    const { post } = await bound({})
    await post('sys/auth/userpass', { type: 'userpass' })
    const policies = 'web,Response-Wrapping'
    for (const [path, data] of [
      ['auth/approle/role/db', { token_policies: policies }],
      ['auth/approle/role/web/policies', { policies }],
      ['auth/userpass/users/ann', { password: 'x', policies }],
      ['auth/token/roles/ci', { allowed_policies: policies }],
    ] as const)
      expect(await post(path, data), path).to.deep.equal(REFUSED)
  })

  for (const role_id of ['ours ', ' ours', 'ours\n'])
    it(`is refused as role_id: ${JSON.stringify(role_id)}`, async () => {
      const { post, write } = await bound({})
      const refused = invalid('role_id cannot begin or end with a blank')
      expect(await write({ role_id })).to.deep.equal(refused)
      expect(await post('auth/approle/role/web/role-id', { role_id })).to.deep.equal(refused)
    })
})
