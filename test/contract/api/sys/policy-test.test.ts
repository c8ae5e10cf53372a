import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectFailure } from '../reply.ts'

const POLICY = `path "MOUNT/creds/*" { capabilities = ["update"] allowed_parameters = { "ip" = ["10.0.0.5"] } }
path "MOUNT/roles/*" { capabilities = ["create", "read"] required_parameters = ["key_type"] }
path "MOUNT/hosts/web" { capabilities = ["update"] }
path "sys/audit" { capabilities = ["read"] }
path "secret/*" { capabilities = ["deny"] }`

describe('whether a request would be allowed', () => {
  const { put, mount } = api()
  let [token, accessor] = ['', '']

  before(async () => {
    await put(`sys/policies/acl/tested-${mount}`, { policy: POLICY.replaceAll('MOUNT', mount) })
    const { body } = await put('auth/token/create', { policies: [`tested-${mount}`] })
    token = body.auth.client_token
    accessor = body.auth.accessor
  })

  const test = async (body: object, by = token) => {
    const answer = await put('sys/policies/test', body, by)
    expect(answer.status, answer.text).to.equal(200)
    return answer.body.data
  }

  ours('is told with the stanza that decides', async () => {
    const request = { path: `/${mount}/creds/web/`, data: { ip: '10.0.0.5' } }
    expect(await test(request)).to.deep.equal({
      path: `${mount}/creds/web`,
      operation: 'update',
      allowed: true,
      policies: [`tested-${mount}`],
      stanza: {
        path: `${mount}/creds/*`,
        capabilities: ['update'],
        policies: [`tested-${mount}`],
      },
    })
  })

  for (const [request, reason] of [
    [{ path: 'MOUNT/creds/web', data: { ip: '10.0.0.6' } }, /parameter "ip" or its value is not/],
    [{ path: 'MOUNT/creds/web', operation: 'read' }, /not have the capability "read"/],
    [{ path: 'MOUNT/roles/new', operation: 'read' }, /"key_type" must be sent/],
    [{ path: 'MOUNT/hosts/web' }, /not have the capability "create"/],
    [{ path: 'sys/audit', operation: 'read' }, /requires the capability "sudo"/],
    [{ path: 'secret/a', operation: 'list' }, /denies everything/],
    [{ path: 'sys/nosuch' }, /no stanza matches/],
  ] as const)
    ours(`says why not: ${reason.source}`, async () => {
      const told = await test({ ...request, path: request.path.replace('MOUNT', mount) })
      expect(told).to.include({ allowed: false })
      expect(told.policies).to.deep.equal([])
      expect(told.reason).to.match(reason)
    })

  ours('knows what a token owns, what is public, and what root may', async () => {
    const lookup = await test({ path: 'sys/leases/self', operation: 'list' })
    expect(lookup).to.include({ allowed: true, stanza: null })
    expect(lookup.reason).to.match(/owns/)
    expect(await test({ path: `${mount}/verify` })).to.include({ allowed: true })
    expect(await test({ path: 'sys/audit', operation: 'read' }, 'root')).to.include({
      allowed: true,
    })
  })

  ours('is not told of a path that no request has', async () => {
    for (const path of ['MOUNT/creds/../roles/a', 'MOUNT/creds/./web', '..', 'MOUNT/creds/a\0']) {
      const body = { path: path.replace('MOUNT', mount) }
      expect((await put('sys/policies/test', body, token)).status).to.equal(400)
    }
    const told = await test({ path: `//${mount}//creds///web//`, data: { ip: '10.0.0.5' } })
    expect(told).to.include({ path: `${mount}/creds/web`, allowed: true })
  })

  ours('judges as the request itself is judged', async () => {
    for (const ip of ['10.0.0.5', '10.0.0.6']) {
      const { allowed } = await test({ path: `${mount}/creds/web`, data: { ip } })
      const { status } = await put(`${mount}/creds/web`, { ip }, token)
      expect(allowed).to.equal(status !== 403)
    }
  })

  ours('is told of another token and of a policy only with sudo', async () => {
    const path = `${mount}/creds/web`
    const data = { ip: '10.0.0.5' }
    for (const whose of [{ accessor }, { policy: 'path "a" { capabilities = ["read"] }' }])
      expectFailure(
        await put('sys/policies/test', { path, ...whose }, token),
        403,
        'to judge for another token or policy requires sudo on this path',
      )
    expect(await test({ path, data, accessor }, 'root')).to.include({ allowed: true })
    expect(await test({ path, accessor }, 'root')).to.include({ allowed: true })
    const policy = 'path "a/*" { capabilities = ["read"] }'
    const judged = await test({ path: 'a/b', operation: 'read', policy }, 'root')
    expect(judged).to.deep.include({ allowed: true, policies: [] })
    expect(judged.stanza).to.deep.equal({ path: 'a/*', capabilities: ['read'], policies: [] })
    expect(await test({ path: 'a/b', policy }, 'root')).to.include({ allowed: false })
    const broken = await put('sys/policies/test', { path, policy: 'path' })
    expect([broken.status, broken.text]).to.match(/^400,.*line 1/)
    expectFailure(
      await put('sys/policies/test', { path, accessor: 'none' }),
      400,
      'invalid accessor',
    )
  })
})
