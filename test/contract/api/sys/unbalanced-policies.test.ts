import { expect } from 'chai'
import { reportUnbalanced } from '../../../../engine/core/background/report-unbalanced.ts'
import { KeptTable } from '../../../../engine/storage/kept-table.ts'
import { transact } from '../../../../engine/storage/transact.ts'
import { testEngine } from '../../../support/test-engine.ts'

const stanza = (path: string) => `path ${JSON.stringify(path)} { capabilities = ["deny"] }`

const BROKEN = [
  'ssh/sign/{{identity.entity.name}',
  'ssh/sign/{{identity.entity.id',
  'ssh/sign/identity.entity.id}}',
  'ssh/{{ {{identity.entity.id}} }}',
]

describe('A policy with a path that can never be filled in', () => {
  for (const path of BROKEN)
    for (const [form, policy] of [
      ['HCL', `${stanza('sys/health')}\n${stanza(path)}`],
      ['JSON', JSON.stringify({ path: { [path]: { capabilities: ['deny'] } } })],
      ['base64', Buffer.from(stanza(path)).toString('base64')],
    ] as const)
      it(`is not written: ${path} in ${form}`, async () => {
        const { post, get } = await testEngine()
        expect(await post('sys/policies/acl/own', { policy })).to.deep.equal({
          status: 400,
          body: {
            errors: [
              `failed to parse policy: path ${JSON.stringify(path)}: failed to validate policy templating: unbalanced templating characters`,
            ],
          },
        })
        expect((await get('sys/policies/acl/own')).status).to.equal(404)
      })

  it('is written with a template that can be', async () => {
    const { post, ask } = await testEngine()
    const policy = stanza('ssh/sign/{{identity.entity.name}}/{{ identity.entity.id }}')
    expect((await post('sys/policies/acl/own', { policy })).status).to.equal(204)
    expect((await ask('list', 'sys/policies/acl')).body.warnings).to.equal(null)
  })

  it('stays where an older version has written it, and is told of', async () => {
    const { core, store, get, ask, post } = await testEngine()
    const table = new KeptTable<object>('policy/acl/', { record: 'policy/names' })
    const [first = '', ...others] = BROKEN
    const old = {
      ...{ one: stanza(first), good: stanza('a/{{identity.entity.name}}') },
      json: JSON.stringify({ path: { [first]: {} } }).replace('{{', '\\u007b\\u007b'),
      many: others.map(stanza).join('\n'),
    }
    await transact(store, async tx => {
      for (const [name, text] of Object.entries(old)) await table.put(tx, name, { text })
    })
    const said: object[] = []
    const log = { ...core.log, warn: (facts: object) => void said.push(facts) }
    await reportUnbalanced({ ...core, log })
    expect(said).to.deep.equal([{ policies: ['json', 'many', 'one'] }])

    const warnings = [
      'these policies have paths that match nothing, because of unbalanced templating characters: json, many, one',
    ]
    for (const path of ['sys/policies/acl', 'sys/policy'])
      expect((await ask('list', path)).body.warnings).to.deep.equal(warnings)
    const sentence = `path ${JSON.stringify(first)} matches nothing: unbalanced templating characters`
    for (const path of ['sys/policies/acl/one', 'sys/policy/one']) {
      const { status, body } = await get(path)
      expect([status, body.warnings]).to.deep.equal([200, [sentence]])
    }
    expect((await get('sys/policies/acl/many')).body.warnings).to.have.length(others.length)
    expect((await get('sys/policies/acl/good')).body.warnings).to.equal(null)

    await post('sys/policies/acl/one', { policy: stanza('a') })
    await reportUnbalanced({ ...core, log })
    expect(said[1]).to.deep.equal({ policies: ['json', 'many'] })
  })
})
