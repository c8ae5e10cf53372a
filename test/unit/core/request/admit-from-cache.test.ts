import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { saltedHash } from '../../../../engine/api/salted-hash.ts'
import type { Core } from '../../../../engine/core/core.ts'
import { tokenMount } from '../../../../engine/core/token-mount.ts'
import { newEntity } from '../../../../engine/identity/entities.ts'
import type { Entry } from '../../../../engine/storage/entry.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { newToken, putToken } from '../../../../engine/token/tokens.ts'
import { auditFile } from '../../../support/audit-file.ts'
import { type Answer, testEngine } from '../../../support/test-engine.ts'

const ROLE = { key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' }
const CREDS = 'path "ssh/creds/*" { capabilities = ["update"] }'
/** The caller, or what it asks for. */
const DENIALS = ['permission denied', '1 error occurred:\n\t* permission denied\n\n']

const isDenied = ({ status, body }: Answer) =>
  status === 403 && body.errors.length === 1 && DENIALS.includes(body.errors[0])

/** Notes what is read, and can be changed by others than engines. */
class Watched extends MemoryStore {
  reads: string[] = []
  /** The key that begins so has this value, under the version that it had. */
  lie: { readonly key: string; readonly value: Uint8Array } | undefined

  override async get(key: string): Promise<Entry | undefined> {
    this.reads.push(key)
    const entry = await super.get(key)
    return entry && this.lie?.key === key ? { ...entry, value: this.lie.value } : entry
  }
}

/** Two nodes with one store, and a token of the entity `ann`, of whose group is the policy that lets it create passwords. */
async function twoNodes(log?: ReturnType<typeof auditFile>) {
  const store = new Watched()
  const sealKeys = [randomBytes(32)]
  const one = await testEngine({ store, sealKeys, devices: log ? [log.device] : [] })
  await one.post('ssh/roles/web', ROLE)
  await one.post('sys/policies/acl/creds', { policy: CREDS })
  await one.post('sys/auth/userpass', { type: 'userpass' })
  const { token, entity } = await logIn(one.core)
  const other = await testEngine({ store, sealKeys, isFound: true })
  const issue = (by = token, role = 'web') => one.post(`ssh/creds/${role}`, { ip: '10.0.0.1' }, by)
  /** What is read from the store meanwhile. */
  const readsOf = async <T>(work: () => Promise<T>) => {
    store.reads = []
    await work()
    return store.reads
  }
  // what it needs is cached then
  expect((await issue()).status).to.equal(200)
  return { store, one, other, token, entity, issue, readsOf }
}

/** What a login by the mounted auth method leaves, without the time that hashing a password takes. */
async function logIn({ store, mounts, now }: Core) {
  const token = newToken()
  const mount = mounts.all.find(({ type }) => type === 'userpass')
  const entity = await transact(store, async tx => {
    const { id } = await newEntity(tx, { name: 'ann', now: now() })
    putToken(tx, {
      ...{ hash: saltedHash(tokenMount(mounts).salt, token), parent: undefined, entity: id },
      ...{ path: 'auth/userpass/login/ann', displayName: 'userpass-ann', mount: mount?.id ?? '' },
      ...{ policies: ['creds'], metadata: null, role: undefined, boundCidrs: [], numUses: 0 },
      ...{ renewable: true, ttl: 3600, period: 0, explicitMaxTtl: 0 },
      ...{ createdAt: now().getTime(), expiresAt: now().getTime() + 3_600_000 },
    })
    return id
  })
  return { token: token.reveal(), entity }
}

type Nodes = Awaited<ReturnType<typeof twoNodes>>

describe('A request for a credential', () => {
  it('reads nothing from the store that its node has cached', async () => {
    const { issue, readsOf } = await twoNodes()
    expect(await readsOf(issue)).to.deep.equal([])
  })

  const ends: Readonly<Record<string, (nodes: Nodes) => Promise<unknown>>> = {
    'revokes the token': ({ other, token }) => other.post('auth/token/revoke', { token }),
    'changes the policy': ({ other }) =>
      other.post('sys/policies/acl/creds', {
        policy: 'path "ssh/creds/*" { capabilities = ["deny"] }',
      }),
    'deletes the policy': ({ other }) => other.ask('delete', 'sys/policies/acl/creds'),
    'disables the entity': ({ other, entity }) =>
      other.post(`identity/entity/id/${entity}`, { disabled: true }),
    'deletes the entity': ({ other, entity }) =>
      other.ask('delete', `identity/entity/id/${entity}`),
    'gives the entity a policy that denies it': async ({ other, entity }) => {
      const policy = 'path "ssh/creds/*" { capabilities = ["deny"] }'
      await other.post('sys/policies/acl/none', { policy })
      await other.post(`identity/entity/id/${entity}`, { policies: ['none'] })
    },
    'makes it a member of a group that is denied it': async ({ other, entity }) => {
      const policy = 'path "ssh/creds/*" { capabilities = ["deny"] }'
      await other.post('sys/policies/acl/none', { policy })
      const group = { name: 'few', policies: ['none'], member_entity_ids: [entity] }
      await other.post('identity/group', group)
    },
    'removes the auth method of the token': ({ other }) => other.ask('delete', 'sys/auth/userpass'),
  }
  for (const [change, make] of Object.entries(ends))
    it(`is denied as soon as another node ${change}`, async () => {
      const nodes = await twoNodes()
      await make(nodes)
      expect(await nodes.issue()).to.satisfy(isDenied)
      // not even what would be wrong with it
      expect(await nodes.issue(nodes.token, 'missing')).to.satisfy(isDenied)
    })

  it('is denied as soon as another node revokes the parent of its token', async () => {
    const { one, other, issue } = await twoNodes()
    const made = async (by?: string) =>
      (await one.post('auth/token/create', { policies: ['root'] }, by)).body.auth.client_token
    const parent = await made()
    const child = await made(parent)
    expect((await issue(child)).status).to.equal(200)
    await other.post('auth/token/revoke', { token: parent })
    expect(await issue(child)).to.satisfy(isDenied)
  })

  it('is denied once its token has expired', async () => {
    const { one, issue } = await twoNodes()
    const wanted = { policies: ['root'], ttl: '60s' }
    const { client_token: token } = (await one.post('auth/token/create', wanted)).body.auth
    expect((await issue(token)).status).to.equal(200)
    one.pass(61)
    expect(await issue(token)).to.satisfy(isDenied)
  })

  it('counts as a use of its token, on each node', async () => {
    const { one, other, issue } = await twoNodes()
    const wanted = { policies: ['root'], num_uses: 4 }
    const { client_token: token } = (await one.post('auth/token/create', wanted)).body.auth
    const there = () => other.post('ssh/creds/web', { ip: '10.0.0.1' }, token)
    const statuses = []
    for (const ask of [issue, there, issue, there, issue, there])
      statuses.push((await ask(token)).status)
    // the last use is given no lease
    expect(statuses).to.deep.equal([200, 200, 200, 400, 403, 403])
  })

  it('is granted as soon as another node allows it', async () => {
    const { other, issue } = await twoNodes()
    await other.post('sys/policies/acl/creds', { policy: 'path "ssh/none" {}' })
    expect(await issue()).to.satisfy(isDenied)
    await other.post('sys/policies/acl/creds', { policy: CREDS })
    expect((await issue()).status).to.equal(200)
  })

  it('is told what is wrong with it after its token was read from the store', async () => {
    const { token, issue, readsOf } = await twoNodes()
    const wrong = await issue(token, 'missing')
    expect(wrong).to.deep.include({ status: 400 })
    expect(await readsOf(() => issue(token, 'missing'))).to.satisfy((keys: readonly string[]) =>
      keys.some(key => key.startsWith('token/id/')),
    )
  })

  it('is logged as refused, and charged to a stranger, if its token turns out to be revoked', async () => {
    using log = auditFile()
    const { one, other, token } = await twoNodes(log)
    await other.post('auth/token/revoke', { token })
    const response = await one.respond('update', 'ssh/creds/web', { ip: '10.0.0.1' }, token)
    expect(response).to.satisfy(isDenied)
    expect(response.toStranger).to.equal(true)
    const [asked, answered] = log.entries().slice(-2)
    expect([asked.type, answered.type]).to.deep.equal(['request', 'response'])
    expect(answered.error).to.match(/permission denied/)
  })

  describe('after another program has changed the rows that it depends on', () => {
    const keyOf = async (readsOf: Nodes['readsOf'], { one, token }: Nodes, prefix: string) => {
      // an endpoint that is not admitted by cached records
      const keys = await readsOf(() => one.get('ssh/roles/web', token))
      return keys.find(key => key.startsWith(prefix)) ?? ''
    }

    for (const prefix of ['token/id/', 'policy/acl/', 'identity/entity/', 'identity/member/'])
      it(`is denied if that of ${prefix} is gone`, async () => {
        const nodes = await twoNodes()
        const key = await keyOf(nodes.readsOf, nodes, prefix)
        await nodes.store.commit({ reads: new Map(), writes: new Map([[key, undefined]]) })
        expect(await nodes.issue()).to.satisfy(isDenied)
      })

    for (const prefix of ['token/id/', 'policy/acl/'])
      it(`fails if that of ${prefix} has other bytes`, async () => {
        const nodes = await twoNodes()
        const key = await keyOf(nodes.readsOf, nodes, prefix)
        const value = Buffer.from((await nodes.store.get(key))?.value ?? [])
        value.writeUInt8(value.readUInt8(value.length - 1) ^ 1, value.length - 1)
        await nodes.store.commit({ reads: new Map(), writes: new Map([[key, value]]) })
        expect((await nodes.issue()).status).to.equal(500)
      })

    it('has no right but that which is cached if one has other bytes under the same version', async () => {
      const nodes = await twoNodes()
      const { one, other, store, token, issue } = nodes
      const key = await keyOf(nodes.readsOf, nodes, 'policy/acl/')
      // what would let it do all, with what is allowed to root
      await other.post('sys/policies/acl/all', {
        policy: 'path "*" { capabilities = ["update", "sudo"] }',
      })
      const value = (await store.get('policy/acl/all'))?.value ?? new Uint8Array()
      store.lie = { key, value }
      expect((await issue()).status).to.equal(200)
      expect((await one.post('ssh/roles/mine', ROLE, token)).status).to.be.within(403, 500)
      expect((await one.get('ssh/roles/mine')).status).to.equal(404)
    })
  })
})
