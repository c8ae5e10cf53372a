import { expect } from 'chai'
import { Keygen } from '../../../support/keygen.ts'
import { testEngine } from '../../../support/test-engine.ts'

const USER = '{{identity.entity.metadata.user}}'
const WITHOUT_ENTITY =
  "The default username is made from an entity, and this token has none. Use 'username' option"
const NOT_LISTED = 'Username is not present is allowed users list'

describe('Templates for users of roles', () => {
  const keygen = new Keygen()
  after(() => keygen[Symbol.dispose]())

  /** An engine with a role of each type that makes a credential for one login, and people whose entities say as whom they log in. */
  async function withRole(more: object) {
    const made = await testEngine()
    const { post, get } = made
    await post('ssh/keys/admin', { key: keygen.read(keygen.key('-t', 'ed25519').file) })
    const role = { cidr_list: '10.0.0.0/8', ...more }
    const types = { otp: {}, dynamic: { key: 'admin', admin_user: 'root' } }
    for (const [type, own] of Object.entries(types))
      expect(await post(`ssh/roles/${type}`, { key_type: type, ...own, ...role })).to.include({
        status: 204,
      })
    await post('sys/auth/people', { type: 'userpass' })
    await post('sys/policies/acl/all', { policy: 'path "ssh/*" { capabilities = ["update"] }' })
    const { accessor } = (await get('sys/auth')).body.data['people/']
    /** The token of somebody of whose entity this is said. */
    const token = async (name: string, user?: string) => {
      const metadata = user === undefined ? {} : { user }
      const { body } = await post('identity/entity', { name, metadata })
      const alias = { name, canonical_id: body.data.id, mount_accessor: accessor }
      await post('identity/entity-alias', alias)
      await post(`auth/people/users/${name}`, { password: 'secret', token_policies: 'all' })
      const login = await post(`auth/people/login/${name}`, { password: 'secret' }, '')
      return login.body.auth.client_token as string
    }
    /** The user that a credential is for, or else why there is none. */
    const asked = async (given: object, by?: string) => {
      const { status, body } = await post('ssh/creds/otp', { ip: '10.0.0.1', ...given }, by)
      return status === 200 ? body.data.username : body.errors[0]
    }
    return { ...made, token, asked }
  }

  const DEFAULT = { default_user: USER, default_user_template: true }

  it('make the default user that of the entity', async () => {
    const { token, asked, post, get } = await withRole(DEFAULT)
    const ann = await token('ann', 'ann-s')
    expect(await asked({}, ann)).to.equal('ann-s')
    expect(await asked({ username: 'ann-s' }, ann)).to.equal('ann-s')
    expect(await asked({ username: 'bob-s' }, ann)).to.match(/^Username has to be either/)
    // what is said of the host comes after what is said of the user
    const { body } = await post('ssh/creds/dynamic', { ip: '10.0.0.1' }, ann)
    expect(body.errors[0]).to.match(/^no host key of 10.0.0.1 is known/)
    for (const type of ['otp', 'dynamic']) {
      const { data } = (await get(`ssh/roles/${type}`)).body
      expect(data).to.include(DEFAULT).and.not.to.have.property('allowed_users_template')
    }
  })

  it('are filled in among the allowed users', async () => {
    const { token, asked } = await withRole({
      ...{ default_user: 'ubuntu', allowed_users_template: true },
      allowed_users: `deploy, ${USER}, {{identity.entity.name}}-x`,
    })
    const ann = await token('ann', 'ann-s')
    for (const username of ['ubuntu', 'deploy', 'ann-s', 'ann-x'])
      expect(await asked({ username }, ann)).to.equal(username)
    expect(await asked({ username: 'root' }, ann)).to.equal(NOT_LISTED)
  })

  it('give nothing to a token without an entity, not even their own text', async () => {
    const { asked } = await withRole({
      ...{ default_user: `root,${USER}`, default_user_template: true },
      ...{ allowed_users: `deploy,${USER}`, allowed_users_template: true },
    })
    expect(await asked({})).to.equal(WITHOUT_ENTITY)
    expect(await asked({ username: 'deploy' })).to.equal('deploy')
    for (const username of ['root', USER, `root,${USER}`])
      expect(await asked({ username })).to.equal(NOT_LISTED)
  })

  for (const [value, reason] of [
    [undefined, 'no value could be found for one of the template directives'],
    ['a,root', 'template substitution contains forbidden value ","'],
    ['*', 'template substitution contains forbidden value "*"'],
  ] as const)
    it(`are refused with the value ${value}`, async () => {
      for (const [role, text] of [
        [{ ...DEFAULT, allowed_users: '*' }, USER],
        [
          { default_user: 'x', allowed_users: `y,${USER}`, allowed_users_template: true },
          `y,${USER}`,
        ],
      ] as const) {
        const { token, asked } = await withRole(role)
        const ann = await token('ann', value)
        const refused = `template '${text}' could not be rendered -> ${reason}`
        expect(await asked({ username: 'root' }, ann)).to.equal(refused)
      }
    })

  it('are text like any other where the role does not say that they are templates', async () => {
    const { token, asked } = await withRole({ default_user: 'ubuntu', allowed_users: USER })
    const ann = await token('ann', 'root')
    expect(await asked({ username: 'root' }, ann)).to.equal(NOT_LISTED)
  })

  it('make no key for a value that is no name of a user', async () => {
    const { token, post } = await withRole({ ...DEFAULT })
    const { body } = await post('ssh/creds/dynamic', { ip: '10.0.0.1' }, await token('ann', 'a/b'))
    expect(body.errors[0]).to.equal('username "a/b" is not a name that keys can be installed for')
  })

  it('are refused at once where they can never be filled in', async () => {
    const { post } = await withRole(DEFAULT)
    const text = '{{identity.entity.name'
    for (const [name, more] of [
      ['default_user', { default_user: text, default_user_template: true }],
      ['allowed_users', { default_user: 'u', allowed_users: text, allowed_users_template: true }],
    ] as const)
      for (const type of [{ key_type: 'otp' }, { key_type: 'dynamic', key: 'admin' }]) {
        const { status, body } = await post('ssh/roles/r', { ...type, ...more })
        expect([status, body.errors]).to.deep.equal([
          400,
          [`${name}: unbalanced templating characters`],
        ])
      }
  })
})
