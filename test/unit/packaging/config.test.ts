import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { configFields } from '../../../engine/config/config.ts'
import { helperFields } from '../../../helper/config.ts'
import { settingTables } from '../../../packaging/docs/setting-rows.ts'
import type { Declared } from '../../../shared/settings.ts'

const FOLDER = join(import.meta.dirname, '../../../packaging/config')

/** Told in docs/audit.md with the type of device that has it, or known by two names. */
const NOT_SHOWN: Readonly<Record<string, readonly string[]>> = {
  'engine.toml': [
    '[[audit]] type',
    '[[audit]] path',
    '[[audit]] description',
    '[[audit]] mode',
    '[[audit]] address',
    '[[audit]] socket_type',
    '[[audit]] write_timeout',
    '[[audit]] facility',
    '[[audit]] tag',
    '[[audit]] log_raw',
    '[[audit]] hmac_accessor',
    '[[audit]] elide_list_responses',
  ],
  'helper.toml': [' tls_skip_verify'],
}

/** What a sample sets, or shows in a comment, each with the table it is in. */
function shown(sample: string): ReadonlySet<string> {
  let header = ''
  const keys = new Set<string>()
  for (const line of sample.split('\n')) {
    header = /^\[+[a-z_]+\]+$/.exec(line)?.[0] ?? header
    const key = /^(?:# )?([a-z_0-9]+) = \S/.exec(line)?.[1]
    if (key) keys.add(`${header} ${key}`)
  }
  return keys
}

describe('The sample', () => {
  for (const [name, declared] of [
    ['engine.toml', configFields],
    ['helper.toml', helperFields],
  ] as const) {
    const sample = shown(readFileSync(join(FOLDER, name), 'utf8'))
    const known = settingTables(declared as Declared).flatMap(({ header, rows }) =>
      rows.map(({ key }) => `${header} ${key}`),
    )

    it(`${name} shows every key`, () => {
      const missing = known.filter(key => !sample.has(key))
      expect(missing).to.have.members(NOT_SHOWN[name] ?? [])
    })

    it(`${name} shows no key that there is not`, () => {
      expect(sample.size).to.be.greaterThan(10)
      expect([...sample].filter(key => !known.includes(key))).to.deep.equal([])
    })
  }
})
