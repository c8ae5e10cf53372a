import { expect } from 'chai'
import { testEngine } from '../../support/test-engine.ts'

const errors = (...texts: string[]) => ({ status: 400, body: { errors: texts } })

describe('sys/auth', () => {
  it('enables, lists, tunes and disables auth methods', async () => {
    const { post, get, ask } = await testEngine()
    expect(
      (await post('sys/auth/people', { type: 'userpass', description: 'us' })).status,
    ).to.equal(204)
    const { body } = await get('sys/auth')
    expect(Object.keys(body.data)).to.deep.equal(['people/', 'token/'])
    expect(body['people/']).to.deep.equal(body.data['people/'])
    expect(body.data['people/']).to.deep.include({
      type: 'userpass',
      description: 'us',
      config: {
        default_lease_ttl: 0,
        max_lease_ttl: 0,
        force_no_cache: false,
        token_type: 'default-service',
      },
    })
    expect(body.data['people/'].accessor).to.match(/^auth_userpass_[0-9a-f]{8}$/)
    await post('sys/auth/people/tune', { default_lease_ttl: '1h', max_lease_ttl: '2h' })
    expect((await get('sys/auth/people/tune')).body.data).to.include({
      default_lease_ttl: 3600,
      max_lease_ttl: 7200,
      token_type: 'default-service',
    })
    // as OpenBao's command line does it
    await post('sys/mounts/auth/people/tune', { default_lease_ttl: '30m' })
    expect((await get('sys/auth/people/tune')).body.data.default_lease_ttl).to.equal(1800)
    // as command lines send what their user does not change
    const unchanged = { default_lease_ttl: '', max_lease_ttl: '', description: 'staff' }
    await post('sys/auth/people/tune', unchanged)
    expect((await get('sys/auth/people/tune')).body.data).to.include({
      ...{ default_lease_ttl: 1800, description: 'staff' },
    })
    await post('sys/auth/people/tune', { default_lease_ttl: '0s' })
    expect((await get('sys/auth')).body.data['people/'].config.default_lease_ttl).to.equal(0)
    await post('sys/auth/people/tune', { default_lease_ttl: '30m' })
    expect((await ask('delete', 'sys/auth/people')).status).to.equal(204)
    expect((await ask('delete', 'sys/auth/people')).status).to.equal(204)
    expect(await get('sys/auth/people')).to.deep.equal(errors('No auth engine at people/'))
  })

  it('keeps auth methods and secrets engines apart', async () => {
    const { post, get, ask } = await testEngine()
    expect(await post('sys/auth/x', { type: 'ssh' })).to.deep.equal(
      errors('plugin not found in the catalog: ssh'),
    )
    expect(await post('sys/mounts/x', { type: 'userpass' })).to.deep.equal(
      errors('plugin not found in the catalog: userpass'),
    )
    expect(await post('sys/auth/token', { type: 'userpass' })).to.deep.equal(
      errors('path is already in use at token/'),
    )
    expect(await post('sys/mounts/auth/x', { type: 'ssh' })).to.deep.equal(
      errors('cannot mount "auth/x/"'),
    )
    expect(await ask('delete', 'sys/auth/token')).to.deep.equal(
      errors('cannot unmount "auth/token/"'),
    )
    expect(await ask('delete', 'sys/mounts/auth/token')).to.deep.equal(
      errors('cannot unmount "auth/token/"'),
    )
    expect(Object.keys((await get('sys/mounts')).body.data)).to.include.members([
      'identity/',
      'ssh/',
      'sys/',
    ])
  })

  it('revokes the tokens of a method that is disabled, and their leases', async () => {
    const { post, get, ask } = await testEngine()
    await post('sys/auth/people', { type: 'userpass' })
    await post('auth/people/users/ann', { password: 'correct horse' })
    const login = await post('auth/people/login/ann', { password: 'correct horse' }, '')
    const { client_token: token } = login.body.auth
    expect((await get('auth/token/lookup-self', token)).status).to.equal(200)
    await ask('delete', 'sys/auth/people')
    expect((await get('auth/token/lookup-self', token)).status).to.equal(403)
    await post('sys/auth/people', { type: 'userpass' })
    expect(await ask('list', 'auth/people/users/')).to.deep.equal({
      status: 404,
      body: { errors: [] },
    })
  })
})

describe('sys/remount', () => {
  async function moved() {
    const here = await testEngine()
    await here.post('ssh/roles/web', {
      key_type: 'otp',
      default_user: 'ubuntu',
      cidr_list: '10.0.0.0/8',
    })
    const creds = (await here.post('ssh/creds/web', { ip: '10.0.0.1' })).body
    const move = await here.post('sys/remount', { from: 'ssh', to: 'team/ssh' })
    return { ...here, creds, move }
  }

  it('moves a mount with all that it has', async () => {
    const { move, get, post, creds } = await moved()
    const { migration_id: id } = move.body.data
    expect((await get(`sys/remount/status/${id}`)).body.data).to.deep.equal({
      migration_id: id,
      migration_info: { source_mount: 'ssh/', target_mount: 'team/ssh/', status: 'success' },
    })
    expect((await get('team/ssh/roles/web')).body.data.default_user).to.equal('ubuntu')
    expect((await get('ssh/roles/web')).status).to.equal(404)
    expect((await post('sys/leases/lookup', { lease_id: creds.lease_id })).status).to.equal(200)
    expect((await post('team/ssh/verify', { otp: creds.data.key }, '')).status).to.equal(200)
  })

  it('still revokes what was given out before', async () => {
    const { post, creds } = await moved()
    expect((await post('sys/leases/revoke', { lease_id: creds.lease_id })).status).to.equal(204)
    expect((await post('team/ssh/verify', { otp: creds.data.key }, '')).status).to.equal(400)
  })

  it('revokes it with the mount, but not what is another mount’s now', async () => {
    const { post, ask, creds } = await moved()
    await post('sys/mounts/ssh', { type: 'ssh' })
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    await post('ssh/roles/web', role)
    const other = (await post('ssh/creds/web', { ip: '10.0.0.2' })).body
    expect((await ask('delete', 'sys/mounts/team/ssh')).status).to.equal(204)
    expect((await post('sys/leases/lookup', { lease_id: creds.lease_id })).status).to.equal(400)
    expect((await post('ssh/verify', { otp: other.data.key }, '')).status).to.equal(200)
  })

  for (const [from, to, message] of [
    ['nope', 'x', 'no matching mount at "nope/"'],
    ['sys', 'x', 'cannot remount "sys/"'],
    ['ssh', 'auth/x', 'cannot remount "ssh/" to destination "auth/x/"'],
    ['ssh', 'sys/x', 'cannot mount "sys/x/"'],
    ['ssh', 'ssh/below', 'path already in use at "ssh/"'],
    ['auth/token', 'auth/x', 'cannot remount "auth/token/"'],
    ['', 'x', 'both "from" and "to" are required'],
  ] as const)
    it(`refuses to move ${JSON.stringify(from)} to ${to}`, async () => {
      const { post } = await testEngine()
      expect(await post('sys/remount', { from, to })).to.deep.equal(errors(message))
    })
})
