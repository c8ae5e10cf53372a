import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { api, ours } from '../api.ts'
import { expectEmpty, expectFailure, listed } from '../reply.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/policies.md'), 'utf8')

/** The policies of the page by the name in their first line. */
const POLICIES = new Map(
  [...PAGE.matchAll(/```hcl\n# ([\w-]+):.*\n[\s\S]*?```/g)].map(([block, name = '']) => [
    name,
    block.slice('```hcl\n'.length, -'```'.length),
  ]),
)

const DENIED = listed('permission denied')

describe('the policies in the documentation', () => {
  const { get, put, ask, ssh, mount } = api()

  const holderOf = async (name: string) => {
    const policy = (POLICIES.get(name) ?? '').replaceAll('ssh/', `${mount}/`)
    expectEmpty(await put(`sys/policies/acl/${name}`, { policy }))
    return (await put('auth/token/create', { policies: [name] })).body.auth.client_token
  }

  before(async () => {
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    for (const name of ['web', 'ops']) expectEmpty(await ssh(`roles/${name}`, role))
  })

  it('are all here', () => {
    expect([...POLICIES.keys()]).to.deep.equal([
      'otp-user',
      'ops-user',
      'certificate-user',
      'operator',
      'sysadmin',
      'leaver',
      'support',
      'auditor',
      'build',
    ])
  })

  ours('let a user get a password and give it back', async () => {
    const token = await holderOf('otp-user')
    const { lease_id } = (await ssh('creds/web', { ip: '10.1.2.3' }, token)).body
    expectEmpty(await put('sys/leases/revoke', { lease_id }, token))
    expectFailure(await ssh('creds/ops', { ip: '10.1.2.3' }, token), 403, DENIED)
    expectFailure(await get(`${mount}/roles/web`, token), 403, DENIED)
  })

  it('let a user into one host', async () => {
    const token = await holderOf('ops-user')
    expect((await ssh('creds/ops', { ip: '10.1.2.3', username: 'ubuntu' }, token)).status).to.equal(
      200,
    )
    for (const data of [{}, { ip: '10.1.2.9' }, { ip: '10.1.2.3', username: 'root' }])
      expectFailure(await ssh('creds/ops', data, token), 403, DENIED)
  })

  it('let an operator make roles and end what was given out, and get nothing', async () => {
    const token = await holderOf('operator')
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    expectEmpty(await ssh('roles/new', role, token))
    expectFailure(await ssh('creds/web', { ip: '10.1.2.3' }, token), 403, DENIED)
    await ssh('creds/web', { ip: '10.1.2.3' })
    const path = `sys/leases/lookup/${mount}/creds/web`
    expect((await ask('LIST', path, { token })).body.data.keys).to.have.lengthOf.at.least(1)
    expect((await put(`sys/leases/revoke-prefix/${mount}/`, {}, token)).status).to.not.equal(403)
    expectFailure(await ask('LIST', 'sys/leases/lookup/other', { token }), 403, DENIED)
  })

  it('let a build server make tokens that can more than it', async () => {
    await holderOf('otp-user')
    const token = await holderOf('build')
    expectEmpty(
      await put('auth/token/roles/deploy', {
        allowed_policies: 'otp-user',
        orphan: true,
        token_explicit_max_ttl: '1h',
        token_bound_cidrs: '127.0.0.0/8',
      }),
    )
    const { auth } = (await put('auth/token/create/deploy', {}, token)).body
    expect(auth.policies).to.deep.equal(['default', 'otp-user'])
    expect((await ssh('creds/web', { ip: '10.1.2.3' }, auth.client_token)).status).to.equal(200)
  })

  ours('let an auditor search one log, and watch', async () => {
    const token = await holderOf('auditor')
    const options = { file_path: 'discard' }
    for (const name of ['file', 'other'])
      expectEmpty(await put(`sys/audit/${name}`, { type: 'file', options }))
    const refused = 'audit device "file/" does not write to a file'
    for (const method of ['GET', 'PUT'])
      expectFailure(await ask(method, 'sys/audit-search/file', { token }), 400, refused)
    expectFailure(await get('sys/audit-search/other', token), 403, DENIED)
    expect((await get('sys/activity', token)).status).to.equal(200)
    for (const name of ['file', 'other']) await ask('DELETE', `sys/audit/${name}`)
  })
})
