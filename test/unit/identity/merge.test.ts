import { expect } from 'chai'
import { newMount } from '../../../engine/core/mounts.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { believing } from '../../support/believing.ts'
import { testEngine } from '../../support/test-engine.ts'

/** An engine with two auth methods that accept everybody. */
async function people() {
  const here = await testEngine({ engines: [believing(() => ({}))] })
  const { core, store, post, get } = here
  await transact(store, async tx => {
    for (const path of ['auth/one/', 'auth/two/'])
      await core.mounts.put(tx, newMount(path, 'believing'))
  })
  await core.mounts.reload()
  const entity = async (id: string) => (await get(`identity/entity/id/${id}`)).body.data
  async function person(method: 'one' | 'two', name: string) {
    const logIn = async () => (await post(`auth/${method}/login/${name}`, {}, '')).body.auth
    const { client_token: token, entity_id: id } = await logIn()
    await post(`identity/entity/id/${id}`, { name })
    const alias: string = (await entity(id)).aliases[0].id
    return { name, id: id as string, token: token as string, alias, logIn }
  }
  const merge = (into: { id: string }, from: readonly { id: string }[], more: object = {}) =>
    post('identity/entity/merge', {
      to_entity_id: into.id,
      from_entity_ids: from.map(({ id }) => id),
      ...more,
    })
  return { ...here, entity, person, merge }
}

const MERGED = { status: 204, body: undefined }
const refused = (...errors: string[]) => ({ status: 400, body: { errors } })
const DENIED = { status: 403, body: { errors: ['permission denied'] } }

describe('Merged entities', () => {
  // OpenBao keeps both, and goes on to answer with the one that was to go
  for (const keeps of ['ann', 'bob'] as const)
    it(`drop the alias that is not to be kept, other than that of ${keeps}`, async () => {
      const { person, merge, entity } = await people()
      const [ann, bob] = [await person('one', 'ann'), await person('one', 'bob')]
      const [kept, gone] = keeps === 'ann' ? [ann, bob] : [bob, ann]
      const keep = { conflicting_alias_ids_to_keep: [kept.alias] }
      expect(await merge(ann, [bob], keep)).to.deep.equal(MERGED)
      const { aliases } = await entity(ann.id)
      expect(aliases.map(({ id }: { id: string }) => id)).to.deep.equal([kept.alias])
      expect((await kept.logIn()).entity_id).to.equal(ann.id)
      expect((await gone.logIn()).entity_id).to.not.be.oneOf([ann.id, bob.id])
    })

  it('are in no group twice', async () => {
    const { person, merge, post, get, entity } = await people()
    const [ann, annie] = [await person('one', 'ann'), await person('two', 'annie')]
    const given = { name: 'both', member_entity_ids: [annie.id, ann.id] }
    const { id } = (await post('identity/group', given)).body.data
    expect(await merge(ann, [annie])).to.deep.equal(MERGED)
    const { member_entity_ids } = (await get('identity/group/name/both')).body.data
    expect(member_entity_ids).to.deep.equal([ann.id])
    expect((await entity(ann.id)).direct_group_ids).to.deep.equal([id])
  })

  it('are not several that clash with each other, though not with the one that stays', async () => {
    const { person, merge, entity } = await people()
    const ann = await person('one', 'ann')
    const others = [await person('two', 'bob'), await person('two', 'eve')]
    const accessor = (await entity(others[0]?.id ?? '')).aliases[0].mount_accessor
    expect(await merge(ann, others)).to.deep.equal(
      refused(
        `mount accessor ${accessor} found in multiple fromEntities, merge should be done with one fromEntity at a time`,
      ),
    )
    const keep = { conflicting_alias_ids_to_keep: [others[0]?.alias] }
    expect(await merge(ann, others, keep)).to.deep.equal(
      refused(
        'aliases conflicts cannot be resolved with multiple from entity ids - merge one entity at a time',
      ),
    )
  })

  it('do not enable a disabled entity', async () => {
    const { person, merge, post, get } = await people()
    const [ann, annie] = [await person('one', 'ann'), await person('two', 'annie')]
    await post(`identity/entity/id/${annie.id}`, { disabled: true })
    expect(await merge(ann, [annie])).to.deep.equal(
      refused(
        'entity "annie" is disabled, but its tokens would act for "ann", which is not: enable the first or disable the second',
      ),
    )
    expect(await get('auth/token/lookup-self', annie.token)).to.deep.equal(DENIED)
    expect(await merge(annie, [ann])).to.deep.equal(MERGED)
    expect(await get('auth/token/lookup-self', ann.token)).to.deep.equal(DENIED)
  })

  it('are who their tokens ask for from then on', async () => {
    const { person, merge, post, get } = await people()
    const [ann, annie] = [await person('one', 'ann'), await person('two', 'annie')]
    await merge(ann, [annie])
    // the policy "default" lets everybody read their own entity
    for (const path of [`id/${ann.id}`, 'name/ann'])
      expect((await get(`identity/entity/${path}`, annie.token)).status).to.equal(200)
    const policy = 'path "auth/token/create" { capabilities = ["update"] }'
    await post('sys/policies/acl/maker', { policy })
    await post(`identity/entity/id/${ann.id}`, { policies: ['maker'] })
    const { auth } = (await post('auth/token/create', {}, annie.token)).body
    expect((await get('auth/token/lookup-self', auth.client_token)).status).to.equal(200)
  })

  it('stay merged whatever comes at the same time', async () => {
    const { person, merge, entity } = await people()
    const [ann, annie] = [await person('one', 'ann'), await person('two', 'annie')]
    const logins = Promise.all(Array.from({ length: 16 }, () => annie.logIn()))
    const mergers = await Promise.all([merge(ann, [annie]), merge(annie, [ann])])
    // two at once would leave nobody
    expect(mergers.map(({ status }) => status).sort()).to.deep.equal([204, 400])
    const left = mergers[0]?.status === 204 ? ann : annie
    expect((await entity(left.id)).aliases).to.have.length(2)
    for (const { entity_id } of await logins) expect(entity_id).to.be.oneOf([ann.id, annie.id])
    for (const each of [ann, annie]) expect((await each.logIn()).entity_id).to.equal(left.id)
  })
})
