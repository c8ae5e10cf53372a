import { expect } from 'chai'
import fc from 'fast-check'
import { newAlias, newEntity, putEntity } from '../../../engine/identity/entities.ts'
import { newGroup, putGroup } from '../../../engine/identity/groups.ts'
import { newNames } from '../../../engine/identity/identity-names.ts'
import { renderTemplate } from '../../../engine/identity/template.ts'
import { MemoryStore } from '../../../engine/storage/memory.ts'
import { transact } from '../../../engine/storage/transact.ts'

const now = new Date('2026-01-01T00:00:00Z')

/** Ann, who is called `ann` by the mount `userpass_1`, and is in the group `ops`. */
async function ann(metadata: Record<string, string> = {}) {
  const store = new MemoryStore()
  const entity = await transact(store, async tx => {
    newNames(tx)
    const made = await newEntity(tx, { name: 'Ann', now })
    await putEntity(tx, { ...made, metadata }, made)
    await newAlias(
      tx,
      { ...made, metadata },
      { name: 'ann', mount: 'userpass_1', customMetadata: { shell: 'zsh' }, now },
    )
    const group = { ...newGroup(now), name: 'ops', metadata: { tier: '1' } }
    await putGroup(tx, { ...group, memberEntities: [made.id] }, undefined)
    return made
  })
  const render = (text: string, forbidden?: string) =>
    transact(store, tx =>
      renderTemplate(tx, { entity: entity.id, now }, { text, ...(forbidden && { forbidden }) }),
    )
  return { entity, render }
}

describe('A template', () => {
  for (const [text, filled] of [
    ['', ''],
    ['plain', 'plain'],
    ['{{identity.entity.name}}', 'Ann'],
    ['a-{{ identity.entity.name }}-{{identity.entity.metadata.team}}', 'a-Ann-web'],
    ['{{identity.entity.metadata.with.dots}}', 'yes'],
    ['{{identity.entity.aliases.userpass_1.name}}', 'ann'],
    ['{{identity.entity.aliases.userpass_1.custom_metadata.shell}}', 'zsh'],
    ['{{identity.groups.names.ops.metadata.tier}}', '1'],
    ['{{time.now}}', '1767225600'],
    ['{{time.now.plus.1h}}', '1767229200'],
    ['{{time.now.minus.10}}', '1767225590'],
  ] as const)
    it(`fills in ${JSON.stringify(text)}`, async () => {
      const { render } = await ann({ team: 'web', 'with.dots': 'yes' })
      expect(await render(text)).to.equal(filled)
    })

  for (const [text, message] of [
    ['{{identity.entity.name', 'unbalanced templating characters'],
    ['identity}}', 'unbalanced templating characters'],
    ['{{a}} }}', 'unbalanced templating characters'],
    ['{{ {{identity.entity.name}} }}', 'unbalanced templating characters'],
    ['{{}}', 'no value could be found for one of the template directives'],
    ['{{nope}}', 'no value could be found for one of the template directives'],
    ['{{identity.entity.metadata}}', 'no value could be found for one of the template directives'],
    [
      '{{identity.entity.metadata.none}}',
      'no value could be found for one of the template directives',
    ],
    [
      '{{identity.entity.metadata.toString}}',
      'no value could be found for one of the template directives',
    ],
    [
      '{{identity.entity.metadata.__proto__}}',
      'no value could be found for one of the template directives',
    ],
    [
      '{{identity.entity.metadata.empty}}',
      'no value could be found for one of the template directives',
    ],
    [
      '{{identity.entity.groups.names}}',
      'no value could be found for one of the template directives',
    ],
    ['{{identity.entity.aliases.nope.name}}', 'alias not found'],
    ['{{identity.entity.aliases.nope}}', 'invalid alias selector'],
    ['{{identity.groups.names.dev.id}}', 'entity is not a member of group "dev"'],
    ['{{identity.groups.other.dev.id}}', 'invalid groups selector'],
    ['{{time.then}}', 'invalid time selector "then"'],
    ['{{time.now.plus}}', 'missing time operand'],
    ['{{time.now.times.2}}', 'invalid time operator "times"'],
  ] as const)
    it(`says of ${JSON.stringify(text)} what is wrong`, async () => {
      const { render } = await ann({ empty: '' })
      expect(await render(text).catch(error => error.message)).to.equal(message)
    })

  it('never reads a value again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ minLength: 1 }),
          fc.constantFrom('{{identity.entity.id}}', '}}', '{{'),
        ),
        async value => {
          const { render } = await ann({ it: value })
          expect(
            await render('<{{identity.entity.metadata.it}}|{{identity.entity.metadata.it}}>'),
          ).to.equal(`<${value}|${value}>`)
        },
      ),
      { numRuns: 60 },
    ))

  it('gives out no value with a forbidden character', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', ',', '*', '+', '/', '{', '}'), { minLength: 1 }),
        async characters => {
          const value = characters.join('')
          const { render } = await ann({ it: value })
          const wrong = [...'*+/'].find(character => value.includes(character))
          const filled = await render('{{identity.entity.metadata.it}}', '*+/').catch(
            error => error.message,
          )
          expect(filled).to.equal(
            wrong ? `template substitution contains forbidden value "${wrong}"` : value,
          )
        },
      ),
      { numRuns: 60 },
    ))
})
