import { expect } from 'chai'
import { endTokensOf } from '../../../../engine/core/background/end-entity.ts'
import { findLease, grant, postpone } from '../../../../engine/lease/leases.ts'
import { MemoryStore } from '../../../../engine/storage/memory.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { condemnToken, tokenOfAccessor } from '../../../../engine/token/tokens.ts'
import { keysOf, setRows } from '../../../support/tamper.ts'
import { testEngine } from '../../../support/test-engine.ts'

describe('ending the tokens of an entity', () => {
  /** An engine with a machine that has logged in twice, and may do all. */
  async function withMachine() {
    const inner = new MemoryStore()
    const engine = await testEngine({ store: inner })
    const { post, get } = engine
    await post('sys/auth/approle', { type: 'approle' })
    await post('sys/policies/acl/all', {
      policy: 'path "*" { capabilities = ["update", "sudo"] }',
    })
    await post('auth/approle/role/build', { token_policies: 'all' })
    const { role_id } = (await get('auth/approle/role/build/role-id')).body.data
    const { secret_id } = (await post('auth/approle/role/build/secret-id')).body.data
    const login = async () => (await post('auth/approle/login', { role_id, secret_id })).body.auth
    const first = await login()
    return { ...engine, inner, first, second: await login(), id: first.entity_id as string, login }
  }

  it('ends each of them with its children and leases, and no other', async () => {
    const { core, post, get, first, second, id } = await withMachine()
    await post('ssh/roles/web', {
      ...{ key_type: 'otp', default_user: 'ubuntu', cidr_list: '10.0.0.0/8' },
    })
    const child = (await post('auth/token/create', {}, first.client_token)).body.auth
    const { lease_id } = (await post('ssh/creds/web', { ip: '10.1.2.3' }, child.client_token)).body
    expect((await transact(core.store, tx => findLease(tx, lease_id)))?.entity).to.equal(id)
    const other = (await post('auth/token/create')).body.auth
    const { revoked, count, orphans, leasesLeft, next } = await endTokensOf(core, new Set([id]), {})
    expect(revoked.map(({ accessor }) => accessor)).to.have.members(
      [first, second, child].map(({ accessor }) => accessor),
    )
    expect([count, orphans, leasesLeft, next]).to.deep.equal([3, [], [], undefined])
    for (const { client_token } of [first, second, child])
      expect((await get('auth/token/lookup-self', client_token)).status).to.equal(403)
    expect((await get('auth/token/lookup-self', other.client_token)).status).to.equal(200)
    expect((await post('sys/leases/lookup', { lease_id })).status).to.equal(400)
  })

  it('goes on with what a crash has left', async () => {
    const { core, first, second, id } = await withMachine()
    // the first commit of a revocation is durable, the rest was not done
    await transact(core.store, async tx => {
      const token = await tokenOfAccessor(tx, first.accessor, core.now())
      await condemnToken(tx, token?.hash ?? '', core.now())
    })
    const { revoked } = await endTokensOf(core, new Set([id]), {})
    expect(revoked.map(({ accessor }) => accessor)).to.have.members([
      first.accessor,
      second.accessor,
    ])
    expect((await endTokensOf(core, new Set([id]), {})).revoked).to.deep.equal([])
  })

  it('names the orphans that it has made, and those that these have made', async () => {
    const { core, post, first, id } = await withMachine()
    const orphan = (await post('auth/token/create-orphan', {}, first.client_token)).body.auth
    const second = (await post('auth/token/create-orphan', {}, orphan.client_token)).body.auth
    const { orphans } = await endTokensOf(core, new Set([id]), {})
    expect(orphans.map(({ accessor }) => accessor)).to.have.members([
      orphan.accessor,
      second.accessor,
    ])
  })

  it('names what an orphan of its orphan has made, also by a token that ends with it', async () => {
    const { core, post, first, id } = await withMachine()
    const orphan = (await post('auth/token/create-orphan', {}, first.client_token)).body.auth
    const child = (await post('auth/token/create', {}, orphan.client_token)).body.auth
    const last = (await post('auth/token/create-orphan', {}, child.client_token)).body.auth
    const accessors = async () =>
      (await endTokensOf(core, new Set([id]), {})).orphans.map(({ accessor }) => accessor)
    // the child ends with its parent
    expect(await accessors()).to.have.members([orphan.accessor, last.accessor])
    await post('auth/token/revoke-orphan', { token: orphan.client_token })
    expect(await accessors()).to.have.members([child.accessor, last.accessor])
  })

  it('names tokens of which is not known who made them, and nothing that ends by itself', async () => {
    const { core, post, respond, login, id } = await withMachine()
    const unknown = async () =>
      (await endTokensOf(core, new Set([id]), {})).unattributed.map(({ accessor }) => accessor)
    const before = await unknown()
    const kept = (await post('auth/token/create-orphan')).body.auth
    await post('auth/token/create')
    await post('auth/token/create-orphan', { num_uses: 1, ttl: '1s' })
    await login()
    await respond('update', 'sys/wrapping/wrap', { a: 1 }, undefined, { wrapTtl: 60 })
    expect((await unknown()).filter(each => !before.includes(each))).to.include(kept.accessor)
    expect(await unknown()).to.have.lengthOf(before.length + 2)
  })

  it('stops when its time is over, behind one token at least, and says where to go on', async () => {
    const { core, login, id } = await withMachine()
    for (let at = 0; at < 5; at++) await login()
    const [seen, revoked]: [string[], string[]] = [[], []]
    for (let after: string | undefined = ''; after !== undefined; ) {
      const ended = await endTokensOf(core, new Set([id]), { after, longest: 0 })
      revoked.push(...ended.revoked.map(({ accessor }) => accessor))
      if (ended.next !== undefined) seen.push(ended.next)
      after = ended.next
    }
    expect(new Set(seen).size).to.equal(seen.length).and.to.be.greaterThan(5)
    expect(new Set(revoked).size).to.equal(7)
  })

  it('names leases that are stuck, also in a call after that which ended their token', async () => {
    const { core, id } = await withMachine()
    const failure = { count: 1, since: 0, reason: 'host is away' }
    const [mount] = core.mounts.all.filter(({ path }) => path === 'ssh/')
    if (!mount) throw new Error('no mount')
    const view = core.mounts.view(mount)
    const lease = { kind: 'gone', secret: {}, ttl: 60, renewable: false }
    await transact(core.store, async tx => {
      for (const [name, entity] of [
        ['own', id],
        ['older', undefined],
        ['other', 'another'],
      ] as const) {
        const place = { id: `ssh/creds/${name}`, mount: view, entity, now: core.now() }
        postpone(tx, grant(tx, { ...place, token: 'gone' }, lease), failure, undefined)
      }
    })
    for (let again = 0; again < 2; again++) {
      const { leasesLeft, leasesUnattributed } = await endTokensOf(core, new Set([id]), {})
      expect([leasesLeft, leasesUnattributed]).to.deep.equal([
        ['ssh/creds/own'],
        ['ssh/creds/older'],
      ])
    }
  })

  it('goes on behind a record that is damaged, and says that there is one', async () => {
    const { core, inner, login, id, first } = await withMachine()
    for (let at = 0; at < 4; at++) await login()
    const hash = await transact(core.store, async tx => {
      return (await tokenOfAccessor(tx, first.accessor, core.now()))?.hash ?? ''
    })
    const [key = ''] = (await keysOf(inner)).filter(each => each.endsWith(`token/id/${hash}`))
    await setRows(inner, [[key, Buffer.from('damaged')]])
    const { count, damaged, next } = await endTokensOf(core, new Set([id]), {})
    expect([count, damaged, next]).to.deep.equal([5, 1, undefined])
  })
})
