import { expect } from 'chai'
import nodeVault from 'node-vault'
import { EngineProcess } from '../../support/engine-process.ts'

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

describe('node-vault', function () {
  this.timeout(60_000)

  let engine: EngineProcess
  let vault: nodeVault.client

  before(async () => {
    engine = await EngineProcess.start()
  })
  beforeEach(() => {
    vault = nodeVault({ endpoint: engine.url, token: engine.token })
  })
  after(() => engine[Symbol.asyncDispose]())

  /** What the client says went wrong: the status, and the first error. */
  const refusal = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      reason => reason,
    )
    return [error?.response?.statusCode, error?.message]
  }

  it('sees how the server is', async () => {
    expect(await vault.initialized()).to.deep.equal({ initialized: true })
    expect(await vault.status()).to.deep.include({ sealed: false, initialized: true })
    expect(await vault.health()).to.deep.include({ initialized: true, sealed: false })
  })

  it('mounts, makes a role, lists it with the verb LIST, and takes it down again', async () => {
    await vault.mount({ mount_point: 'nv', type: 'ssh' })
    await vault.write('nv/roles/web', ROLE)
    expect((await vault.list('nv/roles')).data.keys).to.deep.equal(['web'])
    expect((await vault.read('nv/roles/web')).data).to.include({ key_type: 'otp', port: 22 })
    expect((await vault.mounts())['nv/'].type).to.equal('ssh')
    await vault.delete('nv/roles/web')
    expect(await refusal(vault.read('nv/roles/web'))).to.deep.equal([404, 'Status 404'])
    await vault.unmount({ mount_point: 'nv' })
  })

  it('issues a password, redeems it once, and ends leases', async () => {
    await vault.mount({ mount_point: 'otp', type: 'ssh' })
    await vault.write('otp/roles/web', ROLE)
    const { data } = await vault.write('otp/creds/web', { ip: '10.1.2.3' })
    expect((await vault.write('otp/verify', { otp: data.key })).data).to.deep.equal({
      ip: '10.1.2.3',
      username: 'ubuntu',
      role_name: 'web',
    })
    expect(await refusal(vault.write('otp/verify', { otp: data.key }))).to.deep.equal([
      400,
      'OTP not found',
    ])
    const other = await vault.write('otp/creds/web', { ip: '10.1.2.3' })
    await vault.revoke({ lease_id: other.lease_id })
    expect(await refusal(vault.write('otp/verify', { otp: other.data.key }))).to.deep.equal([
      400,
      'OTP not found',
    ])
  })

  it('signs a key', async () => {
    await vault.mount({ mount_point: 'ca', type: 'ssh' })
    const { data } = await vault.write('ca/config/ca', { key_type: 'ed25519' })
    const role = { key_type: 'ca', allow_user_certificates: true, allowed_users: '*' }
    await vault.write('ca/roles/r', role)
    const given = { public_key: data.public_key, valid_principals: 'ann' }
    const signed = await vault.write('ca/sign/r', given)
    expect(signed.data.signed_key).to.match(/^ssh-ed25519-cert-v01@openssh\.com /)
  })

  it('writes, reads, lists and removes policies by their old paths', async () => {
    const rules = 'path "ssh/creds/*" { capabilities = ["update"] }'
    await vault.addPolicy({ name: 'users', rules })
    expect((await vault.getPolicy({ name: 'users' })).rules).to.equal(rules)
    expect((await vault.policies()).policies).to.include.members(['default', 'root', 'users'])
    await vault.removePolicy({ name: 'users' })
    expect(await refusal(vault.getPolicy({ name: 'users' }))).to.deep.equal([404, 'Status 404'])
  })

  it('makes a token with a policy, which may do no more, and ends it', async () => {
    await vault.addPolicy({ name: 'none', rules: '# nothing' })
    const { auth } = await vault.tokenCreate({ policies: ['none'], ttl: '1h' })
    const theirs = nodeVault({ endpoint: engine.url, token: auth.client_token })
    expect((await theirs.tokenLookupSelf()).data.policies).to.deep.equal(['default', 'none'])
    const [status, message] = await refusal(theirs.read('sys/mounts'))
    expect([status, String(message).trim()]).to.deep.equal([
      403,
      '1 error occurred:\n\t* permission denied',
    ])
    await nodeVault({ endpoint: engine.url, token: engine.token }).tokenRevoke({
      token: auth.client_token,
    })
    expect((await refusal(theirs.tokenLookupSelf()))[0]).to.equal(403)
  })

  it('logs in with a name and a password', async () => {
    await vault.enableAuth({ mount_point: 'userpass', type: 'userpass' })
    await vault.write('auth/userpass/users/ann', { password: 'correct horse', policies: 'default' })
    const { auth } = await vault.userpassLogin({ username: 'ann', password: 'correct horse' })
    expect(auth.policies).to.deep.equal(['default'])
    expect(
      await refusal(vault.userpassLogin({ username: 'ann', password: 'battery' })),
    ).to.deep.equal([400, 'invalid username or password'])
  })

  it('logs in with an AppRole', async () => {
    await vault.enableAuth({ mount_point: 'approle', type: 'approle' })
    await vault.addApproleRole({ role_name: 'ci', policies: 'default' })
    const { role_id } = (await vault.getApproleRoleId({ role_name: 'ci' })).data
    const { secret_id } = (await vault.getApproleRoleSecret({ role_name: 'ci' })).data
    const { auth } = await vault.approleLogin({ role_id, secret_id })
    expect(auth.metadata).to.deep.equal({ role_name: 'ci' })
  })

  it('unwraps what was wrapped, once', async () => {
    const wrapped = await vault.write(
      'sys/wrapping/wrap',
      { a: 'b' },
      {
        headers: { 'X-Vault-Token': engine.token, 'X-Vault-Wrap-TTL': '60' },
      },
    )
    const { token } = wrapped.wrap_info
    const theirs = nodeVault({ endpoint: engine.url, token })
    expect((await theirs.unwrap({ token })).data).to.deep.equal({ a: 'b' })
    const again = nodeVault({ endpoint: engine.url, token })
    expect(await refusal(again.unwrap({ token }))).to.deep.equal([
      400,
      'wrapping token is not valid or does not exist',
    ])
  })
})
