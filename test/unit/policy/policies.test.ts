import { expect } from 'chai'
import {
  deletePolicy,
  Policies,
  policyNames,
  type Subject,
  writePolicy,
} from '../../../engine/policy/policies.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { transact } from '../../../engine/storage/transact.ts'
import { Invalid } from '../../../shared/invalid.ts'

const TEMPLATE = `path "own/{{identity.entity.name}}" { capabilities = ["read"] }
  path "all/*" { capabilities = ["list"] }`

describe('Policies', () => {
  const store = new MemoryStore()
  const policies = new Policies()
  before(() =>
    transact(store, async tx => {
      await writePolicy(tx, 'own', TEMPLATE)
      await writePolicy(tx, 'team/with a space', 'path "team" { capabilities = ["read"] }')
    }),
  )

  const capabilities = (path: string, subject: Subject) =>
    transact(store, async tx => (await policies.acl(tx, subject)).capabilities(path))

  /** Somebody whose entity has this name. */
  const named = (name: string): Subject => ({
    policies: ['own'],
    async render(template, forbidden) {
      if ([...forbidden].some(character => name.includes(character))) throw new Invalid('forbidden')
      return template.replace('{{identity.entity.name}}', name)
    },
  })

  it('fill in paths for each caller alone', async () => {
    for (const [path, subject, expected] of [
      ['own/ann', named('ann'), 'read'],
      ['own/bob', named('ann'), 'deny'],
      ['own/bob', named('bob'), 'read'],
      ['own/ann', named('bob'), 'deny'],
    ] as const)
      expect(await capabilities(path, subject)).to.deep.equal([expected])
  })

  it('do not share a cache entry between callers whose paths look the same', async () => {
    const [admin, reader] = [
      '{{identity.entity.metadata.admin_of}}',
      '{{identity.entity.metadata.reader_of}}',
    ]
    await transact(
      store,
      async tx =>
        await writePolicy(
          tx,
          'roles',
          `path "roles/${admin}" { capabilities = ["read", "update", "delete"] }
         path "roles/${reader}" { capabilities = ["read"] }`,
        ),
    )
    const subject = (template: string): Subject => ({
      policies: ['roles'],
      async render(text) {
        if (!text.includes(template)) throw new Invalid('no such metadata')
        return text.replace(template, 'web')
      },
    })
    for (const [template, expected] of [
      [admin, ['delete', 'read', 'update']],
      [reader, ['read']],
      [admin, ['delete', 'read', 'update']],
    ] as const)
      expect(await capabilities('roles/web', subject(template))).to.deep.equal(expected)
    await transact(store, async tx => deletePolicy(tx, 'roles'))
  })

  it('go by the text that is stored now, also where it is one of before', async () => {
    for (const right of ['read', 'list', 'read', 'delete', 'list']) {
      const text = `path "now" { capabilities = ["${right}"] }`
      await transact(store, tx => writePolicy(tx, 'now', text))
      expect(await capabilities('now', { policies: ['now'] })).to.deep.equal([right])
    }
    await transact(store, tx => deletePolicy(tx, 'now'))
  })

  it('tell apart policies with one text', async () => {
    const text = 'path "same" { capabilities = ["read"] }'
    for (const name of ['first', 'second']) {
      await transact(store, tx => writePolicy(tx, name, text))
      const acl = await transact(store, tx => policies.acl(tx, { policies: [name] }))
      const { granting } = acl.judge({ path: 'same', operation: 'read', data: {} })
      expect(granting).to.deep.equal([name])
    }
    for (const name of ['first', 'second']) await transact(store, tx => deletePolicy(tx, name))
  })

  it('leave out a stanza that cannot be filled in, and no other', async () => {
    for (const subject of [{ policies: ['own'] }, named('*'), named('+'), named('a/b')]) {
      for (const path of ['own/ann', 'own/+', 'own/*', 'own/a/b', 'own/{{identity.entity.name}}'])
        expect(await capabilities(path, subject)).to.deep.equal(['deny'])
      expect(await capabilities('all/x', subject)).to.deep.equal(['list'])
    }
  })

  it('allow nothing where they are not there', async () => {
    expect(await capabilities('own/ann', { policies: ['gone'] })).to.deep.equal(['deny'])
    expect(await capabilities('own/ann', { policies: [] })).to.deep.equal(['deny'])
  })

  it('may have any name', async () => {
    expect(await transact(store, policyNames)).to.deep.equal([
      'default',
      'own',
      'root',
      'team/with a space',
    ])
    expect(await capabilities('team', { policies: ['team/with a space'] })).to.deep.equal(['read'])
  })
})
