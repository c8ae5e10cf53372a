import { expect } from 'chai'
import type { Operation } from '../../../engine/api/request.ts'
import { auditFile } from '../../support/audit-file.ts'
import { cases } from '../../support/cases.ts'
import { ROOT, testEngine } from '../../support/test-engine.ts'

type Question = readonly [operation: Operation, path: string, data: object]

/** What each token may ask about itself, with parameters that say something about whoever asks. */
const OWN: readonly Question[] = [
  ['list', 'sys/leases/self/', { after: 'hidden' }],
  ['update', 'ssh/explain', { ip: '10.1.2.3', username: 'hidden' }],
  ['update', 'ssh/explain', { role: 'hidden' }],
  ['update', 'ssh/otp', { lease_id: 'ssh/creds/web/hidden' }],
  ['update', 'sys/policies/test', { path: 'hidden', data: { password: 'hidden' } }],
]

/** What administrators ask with the words of the command line. */
const OTHERS: readonly Question[] = [
  ['update', 'ssh/explain', { ip: '10.1.2.3', as: 'hidden' }],
  [
    'update',
    'sys/policies/test',
    { path: 'a', policy: 'path "hidden" { capabilities = ["read"] }' },
  ],
  ['update', 'sys/policies/test', { path: 'a', accessor: 'hidden' }],
  ['list', 'ssh/hosts/', { search: 'hidden' }],
  ['list', 'ssh/certs/', { principal: 'hidden' }],
  ['list', 'ssh/dynamic/keys/', { username: 'hidden' }],
  ['list', 'ssh/enroll-tokens/', {}],
  ['update', 'auth/token/revoke-entity', { entity_id: 'hidden', after: 'hidden' }],
]

const named = ([operation, path, data]: Question) =>
  `${operation} ${path} ${Object.keys(data).join(',')}`

/** An engine with an audit log, an OTP role, and a token that may nothing but what every token may. */
async function asked(log: ReturnType<typeof auditFile>) {
  const made = await testEngine({ devices: [log.device] })
  await made.post('ssh/roles/web', {
    ...{ key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' },
  })
  const own = { policies: ['none'], no_default_policy: true, ttl: '1h' }
  const token = (await made.post('auth/token/create', own)).body.auth.client_token as string
  return { ...made, token }
}

describe('A question about oneself, or of an administrator', () => {
  for (const question of cases([...OWN, ...OTHERS]))
    it(`is one request and one response in the audit log, with hashes: ${named(question)}`, async () => {
      using log = auditFile()
      const { ask } = await asked(log)
      const before = log.entries().length
      const { status } = await ask(...question, ROOT)
      const lines = log.entries().slice(before)
      expect(lines.map(({ type }) => type)).to.deep.equal(['request', 'response'])
      const [request, response] = lines
      expect(response.request.id).to.equal(request.request.id)
      expect(request.request.path).to.equal(question[1])
      expect(request.auth.accessor).to.match(/^hmac-sha256:/)
      expect(JSON.stringify(lines)).to.not.include('hidden')
      expect(response.outcome === 'ok').to.equal(status < 400)
    })

  it('shows no accessor and no password in the audit log', async () => {
    using log = auditFile()
    const { post, ask } = await asked(log)
    const { body } = await post('ssh/creds/web', { ip: '10.1.2.3' })
    const { id } = (await post('identity/entity', { name: 'ann' })).body.data
    await post(`identity/entity/id/${id}`, { disabled: true })
    const told = await post('auth/token/revoke-entity', { entity_id: id })
    const [{ accessor }] = told.body.data.unattributed
    await post('ssh/otp', { lease_id: body.lease_id })
    await ask('list', 'sys/leases/self/')
    await post('sys/policies/test', { path: 'a', accessor })
    expect(accessor).to.match(/^[0-9a-f-]{36}$/)
    for (const secret of [accessor, body.data.key]) expect(log.text()).to.not.include(secret)
  })

  for (const question of cases(OWN))
    it(`needs no policy, and a token that is valid where it is used: ${named(question)}`, async () => {
      using log = auditFile()
      const { ask, post, respond, token } = await asked(log)
      expect((await ask(...question, token)).status).to.be.oneOf([200, 404])
      expect((await ask(...question, '')).status).to.equal(403)
      await post('auth/token/roles/bound', { token_bound_cidrs: '198.51.100.0/24' })
      const { client_token } = (await post('auth/token/create/bound')).body.auth
      expect((await ask(...question, client_token)).status).to.equal(403)
      const within = { client: { address: '198.51.100.7', port: 1 } }
      const [operation, path, data] = question
      const { status } = await respond(operation, path, data, client_token, within)
      expect(status).to.be.oneOf([200, 404])
    })

  for (const question of cases([OWN[1], OWN[4]] as readonly Question[]))
    it(`is answered with a wrapping token where the client wants one: ${named(question)}`, async () => {
      using log = auditFile()
      const { respond, post, token } = await asked(log)
      // biome-ignore lint/suspicious/noExplicitAny: tests read replies of every shape
      const wrapped = (await respond(...question, token, { wrapTtl: 60 })).body as any
      expect(wrapped.data).to.equal(null)
      const whole = await post('sys/wrapping/unwrap', {}, wrapped.wrap_info.token)
      expect(whole.body.data).to.have.property('allowed')
    })

  it('counts against the uses of a token', async () => {
    using log = auditFile()
    const { ask, post } = await asked(log)
    const { client_token } = (await post('auth/token/create', { num_uses: 2 })).body.auth
    const [operation, path, data] = OWN[4] as Question
    const status = async () => (await ask(operation, path, data, client_token)).status
    expect([await status(), await status(), await status()]).to.deep.equal([200, 200, 403])
  })
})

describe('The leases of the own token', () => {
  it('come page by page, also where their names are encoded, and no other ones', async () => {
    const { post, ask } = await testEngine()
    await post('sys/mounts/a%20b é/ssh', { type: 'ssh' })
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    for (const mount of ['ssh', 'a%20b é/ssh']) await post(`${mount}/roles/web`, role)
    const issued: string[] = []
    for (let at = 0; at < 7; at++)
      for (const mount of ['ssh', 'a%20b é/ssh'])
        issued.push((await post(`${mount}/creds/web`, { ip: '10.1.2.3' })).body.lease_id)
    const child = (await post('auth/token/create')).body.auth.client_token
    await post('ssh/creds/web', { ip: '10.1.2.3' }, child)
    const found: string[] = []
    for (let after = ''; ; ) {
      const { status, body } = await ask('list', 'sys/leases/self/', { after, limit: 3 })
      if (status === 404) break
      expect(body.data.keys.length).to.be.at.most(3)
      found.push(...body.data.keys)
      after = body.data.keys.at(-1)
    }
    expect(found).to.have.members(issued)
    expect(new Set(found).size).to.equal(14)
    for (const limit of [0, -1, 10_001])
      expect((await ask('list', 'sys/leases/self/', { limit })).status).to.equal(400)
  })

  it('have no credential in them', async () => {
    const { post, ask } = await testEngine()
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    await post('ssh/roles/web', role)
    const { body } = await post('ssh/creds/web', { ip: '10.1.2.3' })
    const listed = await ask('list', 'sys/leases/self/')
    expect(listed.body.data.keys).to.deep.equal([body.lease_id])
    expect(JSON.stringify(listed.body)).to.not.include(body.data.key)
  })

  it('are not those of a token that has ended, and can be listed while others end', async () => {
    const { post, ask } = await testEngine()
    const role = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
    await post('ssh/roles/web', role)
    const { client_token } = (await post('auth/token/create', { policies: ['root'] })).body.auth
    const ids = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { body } = await post('ssh/creds/web', { ip: '10.1.2.3' }, client_token)
        return body.lease_id as string
      }),
    )
    const list = () => ask('list', 'sys/leases/self/', {}, client_token)
    const answers = await Promise.all(
      ids.flatMap(lease_id => [post('sys/leases/revoke', { lease_id }), list()]),
    )
    for (const { status } of answers) expect(status).to.be.oneOf([200, 204, 404])
    expect((await list()).status).to.equal(404)
    await post('auth/token/revoke', { token: client_token })
    expect((await list()).status).to.equal(403)
  })
})
