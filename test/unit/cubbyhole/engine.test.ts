import { expect } from 'chai'
import { expireOnce } from '../../../engine/core/background/housekeeping.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import type { Batch } from '../../../engine/storage/store.ts'
import { testEngine } from '../../support/test-engine.ts'

/** A store in which commits about what tokens have of their own can be held up. */
class Watched extends MemoryStore {
  onDelete = async () => {}
  onPut = async () => {}

  override async commit(batch: Batch) {
    const own = [...batch.writes].filter(([key]) => key.startsWith('token/own/'))
    if (own.some(([, value]) => value === undefined)) await this.onDelete()
    if (own.some(([, value]) => value !== undefined)) await this.onPut()
    await super.commit(batch)
  }
}

async function cubbyholes() {
  const raw = new Watched()
  const here = await testEngine({ store: raw })
  const { post, ask, core } = here
  const token = async (more: object = {}, by?: string): Promise<string> =>
    (await post('auth/token/create', { policies: ['default'], ...more }, by)).body.auth.client_token
  const write = (own: string, path = 'a', data: object = { k: 'v' }) =>
    ask('update', `cubbyhole/${path}`, data, own)
  /** How many tokens have anything of their own. */
  const left = async () => (await raw.list('token/own/')).length
  const expire = async () => {
    while (await expireOnce(core));
  }
  return { ...here, raw, token, write, left, expire }
}

describe('What a token keeps in its cubbyhole', () => {
  it('is stored encrypted in the storage', async () => {
    const { raw, token, write } = await cubbyholes()
    await write(await token(), 'a', { password: 'correct horse' })
    const [folder = ''] = await raw.list('token/own/')
    const entry = await raw.get(`token/own/${folder}cubbyhole/a`)
    expect(Buffer.from(entry?.value ?? []).toString('latin1')).to.not.match(/horse|password/)
  })

  for (const [why, path, body] of [
    ['revokes itself', 'revoke-self', () => ({})],
    ['is revoked', 'revoke', (token: string) => ({ token })],
    ['is revoked without its children', 'revoke-orphan', (token: string) => ({ token })],
  ] as const)
    it(`goes when it ${why}`, async () => {
      const { token, write, left, post } = await cubbyholes()
      const own = await token()
      for (const place of ['a', 'a/b', 'c/d/e/f']) await write(own, place)
      expect(await left()).to.equal(1)
      const by = path === 'revoke-self' ? own : undefined
      expect((await post(`auth/token/${path}`, body(own), by)).status).to.equal(204)
      expect(await left()).to.equal(0)
    })

  it('goes when its time is over, and not before, renewed or not', async () => {
    const { token, write, left, pass, expire, post, get } = await cubbyholes()
    const own = await token({ ttl: '1m' })
    await write(own)
    pass(59)
    await post('auth/token/renew-self', {}, own)
    pass(59)
    await expire()
    expect((await get('cubbyhole/a', own)).body.data).to.deep.equal({ k: 'v' })
    pass(1)
    await expire()
    expect(await left()).to.equal(0)
  })

  it('is deleted with the token that made it, and leaves all others', async () => {
    const { token, write, left, post, get } = await cubbyholes()
    await post('sys/policies/acl/maker', {
      policy: 'path "auth/token/create" { capabilities = ["update"] }',
    })
    const parent = await token({ policies: ['maker', 'default'] })
    const child = await token({}, parent)
    const other = await token()
    for (const own of [parent, child, other]) await write(own)
    await post('auth/token/revoke', { token: parent })
    expect(await left()).to.equal(1)
    expect((await get('cubbyhole/a', other)).status).to.equal(200)
  })

  it('is deleted with the last use', async () => {
    const { token, write, left } = await cubbyholes()
    const own = await token({ num_uses: 2 })
    await write(own)
    expect(await left()).to.equal(1)
    expect((await write(own, 'b')).status).to.equal(204)
    expect(await left()).to.equal(0)
  })

  it('goes although it is more than one commit takes', async () => {
    const { token, write, left, post } = await cubbyholes()
    const own = await token()
    for (let n = 0; n < 1100; n++) await write(own, `${n % 7}/${n}`)
    await post('auth/token/revoke', { token: own })
    expect(await left()).to.equal(0)
  })

  it('goes later, if the end of its token was broken off', async () => {
    const { raw, token, write, left, post, get, expire } = await cubbyholes()
    const own = await token()
    await write(own)
    raw.onDelete = async () => {
      throw new Error('broken off')
    }
    expect((await post('auth/token/revoke', { token: own })).status).to.equal(500)
    expect([(await get('cubbyhole/a', own)).status, await left()]).to.deep.equal([403, 1])
    raw.onDelete = async () => {}
    await expire()
    expect(await left()).to.equal(0)
  })

  it('is not written any more by a request that its token does not outlive', async () => {
    const { raw, token, write, left, post } = await cubbyholes()
    const own = await token()
    // while the first try is on its way to the store
    raw.onPut = async () => {
      raw.onPut = async () => {}
      await post('auth/token/revoke', { token: own })
    }
    expect(await write(own)).to.deep.equal({
      status: 403,
      body: { errors: ['permission denied'] },
    })
    expect(await left()).to.equal(0)
  })

  it('may be written by many requests at once', async () => {
    const { token, write, ask } = await cubbyholes()
    const own = await token()
    const writes = Array.from({ length: 64 }, (_, n) => write(own, `${n}`))
    for (const { status } of await Promise.all(writes)) expect(status).to.equal(204)
    expect((await ask('list', 'cubbyhole/', {}, own)).body.data.keys).to.have.length(64)
  })
})
