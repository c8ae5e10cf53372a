import { expect } from 'chai'
import { StoreUnavailable } from '../../../engine/storage/store.ts'
import { auditFile, type Line } from '../../support/audit-file.ts'
import { SigningHost } from '../../support/signing-host.ts'
import { testEngine } from '../../support/test-engine.ts'

const HASH = /^hmac-sha256:[0-9a-f]{64}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }

describe('An audit line', () => {
  /** What is written for what `act` does. */
  async function written(
    act: (made: Awaited<ReturnType<typeof testEngine>>) => Promise<unknown>,
    options: Readonly<Record<string, string>> = {},
  ) {
    using log = auditFile(options)
    const made = await testEngine({ devices: [log.device] })
    await made.post('ssh/roles/web', ROLE)
    const before = log.entries().length
    const answer = (await act(made)) as Line
    const device = await made.core.audit.device('file/')
    await made.core.audit.close()
    const lines = log.entries().slice(before)
    return { lines, answer, hash: (text: string) => device!.hasher.hash(text) }
  }

  const creds = ({ post }: Awaited<ReturnType<typeof testEngine>>) =>
    post('ssh/creds/web', { ip: '10.0.0.1' })

  it('names the host that signed a request, and tells when its key is used from another address', async () => {
    const { lines } = await written(async ({ post, ask, core }) => {
      const host = new SigningHost('web-1')
      const { token } = (await post('ssh/hosts/web-1/enroll')).body.data
      await post('ssh/enroll', host.enrollment(token), '')
      for (const address of ['198.51.100.1', '198.51.100.2', '198.51.100.1']) {
        const otp = (await post('ssh/creds/web', { ip: '10.0.0.1' })).body.data.key
        const signedBy = host.sign({ otp }, { now: core.now() })
        await ask('update', 'ssh/verify', { otp }, '', { signedBy, client: { address, port: 1 } })
      }
    })
    const verified = lines.filter(
      ({ type, request }) => type === 'response' && request.path === 'ssh/verify',
    )
    expect(
      verified.map(({ request, outcome, reason }) => [request.host_name, outcome, reason]),
    ).to.deep.equal([
      ['web-1', 'ok', undefined],
      ['web-1', 'ok', 'host key from two addresses'],
      ['web-1', 'ok', undefined],
    ])
  })

  it('says who asked for a password, what for, and what came of it', async () => {
    const { lines, answer, hash } = await written(creds)
    const [request, response] = lines
    const accessor = request.request.mount_accessor
    const auth = {
      client_token: hash('root'),
      accessor: request.auth.accessor,
      display_name: 'root',
      policies: ['root'],
      token_policies: ['root'],
      token_type: 'service',
      token_issue_time: '2026-01-01T00:00:00.000Z',
      policy_results: {
        allowed: true,
        granting_policies: [{ name: 'root', namespace_id: 'root', type: 'acl' }],
      },
    }
    const mount = {
      mount_point: 'ssh/',
      mount_type: 'ssh',
      mount_accessor: accessor,
      mount_class: 'secret',
    }
    const asked = {
      id: answer.body.request_id,
      operation: 'update',
      ...mount,
      client_token: hash('root'),
      client_token_accessor: request.auth.accessor,
      namespace: { id: 'root' },
      path: 'ssh/creds/web',
      data: { ip: '10.0.0.1' },
      remote_address: '192.0.2.1',
      remote_port: 4242,
    }
    expect(accessor).to.match(/^ssh_[0-9a-f]{8}$/)
    expect(request.time).to.match(TIME)
    expect(request.auth.accessor).to.match(HASH)
    expect(request).to.deep.equal({ time: request.time, type: 'request', auth, request: asked })
    expect(response).to.deep.equal({
      time: response.time,
      type: 'response',
      auth,
      request: asked,
      response: {
        ...mount,
        secret: { lease_id: answer.body.lease_id },
        data: {
          key_type: 'otp',
          key: hash(answer.body.data.key),
          username: 'ubuntu',
          ip: '10.0.0.1',
          port: 22,
        },
      },
      outcome: 'ok',
    })
  })

  it('says who was denied', async () => {
    const { lines, answer } = await written(async ({ post }) => {
      const made = await post('auth/token/create', { policies: ['default'], meta: { team: 'a' } })
      return post('ssh/creds/web', { ip: '10.0.0.1' }, made.body.auth.client_token)
    })
    const [, created, request, response] = lines
    expect(created.response.auth).to.deep.include({
      policies: ['default'],
      metadata: { team: 'a' },
    })
    expect(created.response.auth.client_token).to.match(HASH)
    expect(request.auth.client_token).to.equal(created.response.auth.client_token)
    expect(request.auth).to.deep.include({
      display_name: 'token',
      policies: ['default'],
      metadata: { team: 'a' },
      policy_results: { allowed: false },
    })
    for (const line of [request, response])
      expect(line).to.deep.include({
        error: '1 error occurred:\n\t* permission denied\n\n',
        outcome: 'denied',
      })
    expect(answer.status).to.equal(403)
  })

  it('says that a token is unknown, and hashes it', async () => {
    const { lines, hash } = await written(({ get }) => get('ssh/roles/web', 'nobody-knows'))
    const [request] = lines
    expect(request.auth).to.equal(undefined)
    expect(request).to.deep.include({ error: 'permission denied', outcome: 'denied' })
    expect(request.request).to.deep.include({
      client_token: hash('nobody-knows'),
      mount_point: 'ssh/',
    })
  })

  it('hashes the error of an invalid request, and gives the reason in a word', async () => {
    const { lines, hash } = await written(async ({ post }) => {
      await post('ssh/verify', { otp: 'no such thing' }, '')
    })
    const [request, response] = lines
    expect(request.request.data).to.deep.equal({ otp: hash('no such thing') })
    expect(response.response.data).to.deep.equal({ error: hash('OTP not found') })
    expect(response).to.deep.include({ outcome: 'invalid', reason: 'not found' })
    expect(response.error).to.equal(undefined)
  })

  it('shows no password that was typed where a name belongs', async () => {
    const otp = '2f7e25a2-24c9-4b7b-0d35-27d5e5203a5c'
    const { lines, hash } = await written(({ post }) =>
      post('ssh/verify', { otp: 'x', username: otp, ip: [otp, '10.0.0.1'] }, ''),
    )
    expect(lines[0].request.data).to.deep.equal({
      otp: hash('x'),
      username: hash(otp),
      ip: [hash(otp), hash('10.0.0.1')],
    })
  })

  it('shows no token that stands in a path', async () => {
    const { lines, hash } = await written(async ({ get }) => {
      await get('auth/token/lookup/root')
      await get('nowhere/hvs.abc')
    })
    expect(lines.map(({ request }: Line) => request.path)).to.deep.equal([
      ...Array(2).fill(`auth/token/lookup/${hash('root')}`),
      ...Array(2).fill(`nowhere/${hash('hvs.abc')}`),
    ])
    expect(lines[3].error).to.include(`no handler for route "nowhere/${hash('hvs.abc')}"`)
  })

  it('says who asked for what is not there', async () => {
    const { lines, hash } = await written(({ get }) => get('nowhere'))
    const text = 'no handler for route "nowhere". route entry not found.'
    expect(lines.map(({ auth }: Line) => auth.display_name)).to.deep.equal(['root', 'root'])
    expect(lines[1]).to.deep.include({ error: text, outcome: 'missing' })
    expect(lines[1].response).to.deep.equal({ data: { error: hash(text) } })
  })

  it('says that the store was away', async () => {
    const { lines } = await written(async made => {
      const { store } = made.core
      const commit = store.commit.bind(store)
      store.commit = () => Promise.reject(new StoreUnavailable('the storage cannot be used'))
      await creds(made)
      store.commit = commit
    })
    expect(lines[1]).to.deep.include({
      error: 'the storage cannot be used',
      outcome: 'unavailable',
    })
  })

  it('says that a lease has ended, and why', async () => {
    const { lines, answer } = await written(async made => {
      const { body } = await creds(made)
      await made.post('sys/leases/revoke', { lease_id: body.lease_id })
      return body
    })
    const { time, ...ended } = lines.find(({ type }: Line) => type === 'system')
    expect(ended).to.deep.equal({
      type: 'system',
      request: {
        operation: 'revoke',
        mount_point: 'ssh/',
        mount_type: 'ssh',
        mount_accessor: lines[0].request.mount_accessor,
        mount_class: 'secret',
        path: 'ssh/creds/web',
      },
      response: { secret: { lease_id: answer.lease_id } },
      outcome: 'ok',
      reason: 'revoked',
    })
  })

  it('says which lease let a login in, and that it ended, but not to the client', async () => {
    const { lines, answer } = await written(async made => {
      const { body } = await creds(made)
      const login = await made.post('ssh/verify', { otp: body.data.key }, '')
      expect(login.status).to.equal(200)
      expect(login.body).to.deep.include({ lease_id: '', renewable: false, lease_duration: 0 })
      return body
    })
    const response = lines.findLast(({ type }: Line) => type === 'response')
    expect(response.request.path).to.equal('ssh/verify')
    expect(response.response.secret).to.deep.equal({ lease_id: answer.lease_id })
    const { request, ...ended } = lines.find(({ type }: Line) => type === 'system')
    expect(request).to.include({ operation: 'revoke', path: 'ssh/creds/web' })
    expect(ended.response).to.deep.equal({ secret: { lease_id: answer.lease_id } })
    expect(ended.reason).to.equal('used')
  })

  it('says that a password was used before, and which lease it had, but not to the client', async () => {
    const { lines, answer } = await written(async made => {
      const { body } = await creds(made)
      await made.post('ssh/verify', { otp: body.data.key }, '')
      const again = await made.post('ssh/verify', { otp: body.data.key }, '')
      expect(again).to.deep.equal({ status: 400, body: { errors: ['OTP not found'] } })
      return body
    })
    const { response, outcome, reason } = lines.findLast(({ type }: Line) => type === 'response')
    expect([response.secret, outcome, reason]).to.deep.equal([
      { lease_id: answer.lease_id },
      'invalid',
      'replay',
    ])
  })

  it('says that a lease has ended because its password was presented for another login', async () => {
    const { lines, answer } = await written(async made => {
      const { body } = await creds(made)
      for (let times = 0; times < 5; times++)
        await made.post('ssh/verify', { otp: body.data.key, username: 'root' }, '')
      return body
    })
    const system = lines.filter(({ type }: Line) => type === 'system')
    expect(
      system.map(({ response, reason }: Line) => [response.secret.lease_id, reason]),
    ).to.deep.equal([[answer.lease_id, 'misused']])
  })

  it('says that a token has ended, and why', async () => {
    const { lines } = await written(async ({ post, get }) => {
      const token = async (data: object) =>
        (await post('auth/token/create', { display_name: 'x', ...data })).body.auth.client_token
      await post('auth/token/revoke', { token: await token({}) })
      await get('auth/token/lookup-self', await token({ num_uses: 1 }))
    })
    const ended = lines.filter(({ type }: Line) => type === 'system')
    const [first] = lines.filter(({ response }: Line) => response?.auth)
    expect(ended[0].auth).to.deep.equal({
      accessor: first.response.auth.accessor,
      display_name: 'token-x',
      policies: ['root'],
    })
    expect(ended.map(({ request, reason }: Line) => [request, reason])).to.deep.equal([
      [{ operation: 'revoke', path: 'auth/token' }, 'revoked'],
      [{ operation: 'revoke', path: 'auth/token' }, 'used up'],
    ])
  })

  it('shows what the operator has named for the mount', async () => {
    const { lines } = await written(async made => {
      await made.core.mounts.reload()
      await made.post('sys/mounts/ssh/tune', {
        audit_non_hmac_request_keys: 'default_user',
        audit_non_hmac_response_keys: ['cidr_list'],
      })
      await made.post('ssh/roles/two', ROLE)
      await made.get('ssh/roles/two')
    })
    expect(lines[2].request.data.default_user).to.equal('ubuntu')
    expect(lines[2].request.data.cidr_list).to.match(HASH)
    expect(lines[5].response.data.cidr_list).to.equal('10.0.0.0/8')
    expect(lines[5].response.data.default_user).to.match(HASH)
  })

  it('shows everything, or accessors, or only the length of lists, where the device says so', async () => {
    const raw = await written(creds, { log_raw: 'true' })
    expect(raw.lines[1].response.data.key).to.equal(raw.answer.body.data.key)
    expect(raw.lines[0].auth.client_token).to.equal('root')
    const accessors = await written(creds, { hmac_accessor: 'false' })
    expect(accessors.lines[0].auth.accessor).to.match(/^[0-9a-f]{8}-/)
    const lists = await written(({ ask }) => ask('list', 'ssh/roles/'), {
      elide_list_responses: 'true',
    })
    expect(lists.lines[1].response.data).to.deep.equal({ keys: 1, key_info: 1 })
  })

  it('holds nothing that a terminal could obey', async () => {
    using log = auditFile()
    const made = await testEngine({ devices: [log.device] })
    await made.post('ssh/verify', { otp: 'x', username: 'a\u001b[2J\u009b\u2028\r\nb' }, '')
    await made.core.audit.close()
    expect(log.entries().map(({ request }) => request.data.username)).to.deep.equal([
      'a\u001b[2J\u009b\u2028\r\nb',
      'a\u001b[2J\u009b\u2028\r\nb',
    ])
    expect(log.text()).to.not.match(/[^\n\P{Cc}]|\u2028/u)
  })
})
