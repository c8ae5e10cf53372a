import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { api, ours } from '../api.ts'

describe('who would get a credential for a login', () => {
  const { ssh, get, put, list, mount, delete: remove } = api()

  /** Of a token with these rules. */
  async function tokenWith(rules: string): Promise<string> {
    const name = `explained-${rules.length}`
    await put(`sys/policies/acl/${name}`, { policy: rules.replaceAll('MOUNT', mount) })
    const made = await put('auth/token/create', { policies: [name], no_default_policy: true })
    return made.body.auth.client_token
  }

  const explain = async (body: object, token?: string) => {
    const answer = await ssh('explain', body, token)
    expect(answer.status, answer.text).to.equal(200)
    return answer.body.data as {
      readonly allowed: boolean
      readonly entity?: string
      readonly roles: readonly {
        readonly role: string
        readonly reason?: string
        readonly allowing_policies?: readonly string[]
      }[]
    }
  }
  const reasons = async (body: object, token?: string) =>
    Object.fromEntries(
      (await explain(body, token)).roles.map(({ role, reason = 'allowed' }) => [role, reason]),
    )

  before(async () => {
    const otp = { key_type: 'otp', cidr_list: '10.0.0.0/24' }
    await ssh('roles/web', { ...otp, default_user: 'ann', allowed_users: 'bob' })
    await ssh('roles/db', { ...otp, default_user: 'postgres', cidr_list: '10.9.0.0/24' })
    await ssh('roles/signs', {
      ...{ key_type: 'ca', allow_user_certificates: true, allowed_users: 'ann' },
    })
  })

  ours('is told role by role, with the first rule that refuses it', async () => {
    expect(await explain({ ip: '10.0.0.5', username: 'ann' })).to.deep.equal({
      allowed: true,
      roles: [
        {
          ...{ role: 'db', key_type: 'otp', path: `${mount}/creds/db`, allowed: false },
          refused_by: 'role',
          reason: 'Username has to be either in allowed users list or has to be a default username',
        },
        {
          ...{ role: 'signs', key_type: 'ca', path: `${mount}/sign/signs`, allowed: true },
          ...{ username: 'ann', policies: ['root'] },
        },
        {
          ...{ role: 'web', key_type: 'otp', path: `${mount}/creds/web`, allowed: true },
          ...{ username: 'ann', policies: ['root'] },
        },
      ],
    })
    expect(await reasons({ ip: '10.9.0.5', username: 'bob' })).to.deep.equal({
      db: 'Username has to be either in allowed users list or has to be a default username',
      signs: 'bob is not a valid value for valid_principals',
      web: 'Error validating IP: IP does not belong to role',
    })
  })

  ours('tells what the roles give that the token may use, without a host', async () => {
    const token = await tokenWith('path "MOUNT/creds/web" { capabilities = ["update"] }')
    expect((await explain({}, token)).roles).to.deep.equal([
      {
        ...{ role: 'web', key_type: 'otp', path: `${mount}/creds/web`, allowed: true },
        policies: [`explained-${'path "MOUNT/creds/web" { capabilities = ["update"] }'.length}`],
        gives: { default_user: 'ann', allowed_users: 'bob', cidr_list: '10.0.0.0/24' },
      },
    ])
    expect((await explain({})).roles.map(({ role }) => role)).to.deep.equal(['db', 'signs', 'web'])
  })

  ours('says what the engine lacks to install a key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs1', format: 'pem' })
    await ssh('keys/admin', { key })
    const role = { key_type: 'dynamic', key: 'admin', admin_user: 'root', default_user: 'ann' }
    await ssh('roles/installs', { ...role, cidr_list: '10.0.0.0/24' })
    const told = await reasons({ ip: '10.0.0.5', role: 'installs' })
    expect(told.installs).to.match(/^no host key of 10\.0\.0\.5 is known: /)
    await remove(`${mount}/roles/installs`)
  })

  ours('is told to a token that may ask for a credential, without a policy for it', async () => {
    const token = await tokenWith('path "MOUNT/creds/web" { capabilities = ["update"] }')
    expect(await reasons({ ip: '10.0.0.5' }, token)).to.deep.equal({ web: 'allowed' })
    expect((await explain({ ip: '10.0.0.5' }, token)).roles[0]).to.deep.include({ username: 'ann' })
  })

  ours('is no way to find out which roles there are', async () => {
    const token = await tokenWith('path "MOUNT/creds/web" { capabilities = ["create"] } # none')
    expect(await explain({ ip: '10.0.0.5' }, token)).to.deep.equal({ allowed: false, roles: [] })
    const asked = async (role: string) =>
      (await explain({ ip: '10.0.0.5', role }, token)).roles.map(each => ({ ...each, role: '' }))
    expect(await asked('db')).to.deep.equal(await asked('nosuch'))
  })

  ours('tells one kind of role only to a token that may ask for that kind', async () => {
    const signs = await tokenWith('path "MOUNT/sign/*" { capabilities = ["update"] } # signs')
    const asked = async (role: string) =>
      (await explain({ ip: '10.0.0.5', username: 'ann', role }, signs)).roles.map(each => ({
        ...each,
        role: '',
      }))
    expect(await asked('web')).to.deep.equal(await asked('nosuch'))
    expect((await explain({ ip: '10.0.0.5', username: 'ann' }, signs)).roles).to.have.lengthOf(1)
    const any = await tokenWith('path "MOUNT/+/*" { capabilities = ["update"] } # any way')
    expect(await reasons({ ip: '10.0.0.5', role: 'nosuch' }, any)).to.deep.equal({
      nosuch: 'Role "nosuch" not found',
    })
  })

  ours(
    'is told of a role without a login: what it gives, and to whoever has sudo by which policies',
    async () => {
      const asks =
        'path "MOUNT/creds/web" { capabilities = ["update"] required_parameters = ["ip"] }'
      const token = await tokenWith(asks)
      const [told] = (await explain({ role: 'web' }, token)).roles
      expect(told).to.deep.equal({
        ...{ role: 'web', key_type: 'otp', path: `${mount}/creds/web`, allowed: true },
        policies: [`explained-${asks.length}`],
        gives: { default_user: 'ann', allowed_users: 'bob', cidr_list: '10.0.0.0/24' },
      })
      const [whole] = (await explain({ role: 'web' })).roles
      expect(whole).to.deep.include({ allowed: true })
      expect(whole?.allowing_policies).to.include.members(['root', `explained-${asks.length}`])
      expect(whole?.allowing_policies).to.not.include('default')
      const [unknown] = (await explain({ role: 'db' }, token)).roles
      expect(unknown).to.not.have.property('gives')
    },
  )

  ours('tells all roles to whoever has sudo on it, without the right to ask for any', async () => {
    const token = await tokenWith('path "MOUNT/explain" { capabilities = ["update", "sudo"] }')
    expect(await reasons({ ip: '10.0.0.5' }, token)).to.include({
      web: `no policy has a rule for ${mount}/creds/web`,
    })
  })

  ours('heeds the parameters that a policy allows', async () => {
    const token = await tokenWith(
      'path "MOUNT/creds/*" { capabilities = ["update"] allowed_parameters = { "username" = ["bob"] "ip" = [] } }',
    )
    expect(await reasons({ ip: '10.0.0.5', username: 'bob' }, token)).to.include({ web: 'allowed' })
    expect(await reasons({ ip: '10.0.0.5', username: 'ann' }, token)).to.deep.equal({})
  })

  ours('is not told about others without sudo', async () => {
    const token = await tokenWith('path "MOUNT/*" { capabilities = ["create", "read", "update"] }')
    const answer = await ssh('explain', { ip: '10.0.0.5', as: 'eve' }, token)
    expect([answer.status, answer.text]).to.deep.equal([
      403,
      '{"errors":["to judge for another requires sudo on this path"]}\n',
    ])
  })

  ours('is told about an entity, with the policies of its groups', async () => {
    await put('sys/policies/acl/web-logins', {
      policy: `path "${mount}/creds/web" { capabilities = ["update"] }`,
    })
    const eve = await put('identity/entity', { name: `eve-${mount}` })
    const { id } = eve.body.data
    const as = `eve-${mount}`
    expect(await reasons({ ip: '10.0.0.5', as })).to.deep.equal({
      db: `no policy has a rule for ${mount}/creds/db`,
      signs: `no policy has a rule for ${mount}/sign/signs`,
      web: `no policy has a rule for ${mount}/creds/web`,
    })
    await put('identity/group', {
      ...{ name: `group-${mount}`, policies: ['web-logins'], member_entity_ids: [id] },
    })
    const told = await explain({ ip: '10.0.0.5', as: id })
    expect(told).to.deep.include({ allowed: true, entity: as })
    expect(told.roles.at(-1)).to.deep.include({ role: 'web', policies: ['web-logins'] })
    const nobody = await ssh('explain', { ip: '10.0.0.5', as: 'nobody' })
    expect([nobody.status, nobody.body.errors]).to.deep.equal([
      400,
      [
        'there is no entity "nobody", and nobody has logged in with that name: a user has an entity from the first login on',
      ],
    ])
  })

  ours(
    'is told about a user by the name in an auth method, unless it is that of several',
    async () => {
      const name = `mary-${mount}`
      const named = async (number: number) => {
        const path = `people-${number}-${mount}`
        await put(`sys/auth/${path}`, { type: 'userpass' })
        const { accessor } = (await get('sys/auth')).body.data[`${path}/`]
        const { id } = (await put('identity/entity', { name: `${number}-${mount}` })).body.data
        await put('identity/entity-alias', { name, canonical_id: id, mount_accessor: accessor })
        return path
      }
      const one = await named(1)
      expect(await explain({ ip: '10.0.0.5', as: name })).to.include({ entity: `1-${mount}` })
      const other = await named(2)
      const several = await ssh('explain', { ip: '10.0.0.5', as: name })
      expect(several.status).to.equal(400)
      expect(several.body.errors[0]).to.match(/is the name of several users in auth methods; give/)
      for (const path of [one, other]) await remove(`sys/auth/${path}`)
    },
  )

  ours('issues nothing', async () => {
    await explain({ ip: '10.0.0.5', role: 'web' })
    expect((await list(`sys/leases/lookup/${mount}/creds/web`)).status).to.equal(404)
  })
})
