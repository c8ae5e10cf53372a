import { expect } from 'chai'
import { Acl } from '../../../engine/policy/acl.ts'
import { parsePolicy } from '../../../engine/policy/parse-policy.ts'
import { whyRefused } from '../../../engine/policy/why-refused.ts'
import { cases } from '../../support/cases.ts'

const RULES = [
  'capabilities = ["update"]',
  'capabilities = ["read", "list", "delete"]',
  'capabilities = ["deny"]',
  'capabilities = []',
  'capabilities = ["update"] min_wrapping_ttl = "1m"',
  'capabilities = ["update"] max_wrapping_ttl = "1m"',
  'capabilities = ["update", "read"] required_parameters = ["x"]',
  'capabilities = ["update", "list"] allowed_parameters = { "x" = ["1"] }',
  'capabilities = ["update", "delete"] denied_parameters = { "x" = ["1"] }',
  'capabilities = ["update"] denied_parameters = { "*" = [] }',
]

const ROWS = RULES.flatMap(rule =>
  (['read', 'list', 'update', 'delete'] as const).flatMap(operation =>
    [{}, { x: '1' }, { x: '2' }, { y: '1', x: '1' }].flatMap(data =>
      [0, 30, 90].map(wrapTtl => ({ rule, operation, data, wrapTtl })),
    ),
  ),
)

describe('why a rule refuses a request', () => {
  for (const { rule, ...request } of cases(ROWS))
    it(`is told exactly where it does: ${rule} ${JSON.stringify(request)}`, () => {
      const stanzas = parsePolicy(`path "a" { ${rule} }`)
      const acl = new Acl([{ name: 'one', stanzas }], { root: false })
      const asked = { path: 'a', ...request }
      const deciding = acl.decidingRule(asked)
      if (!deciding) throw new Error('no rule decides')
      expect(whyRefused(deciding, asked) === undefined).to.equal(acl.judge(asked).allowed)
    })
})
