import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'

const ROOT = join(import.meta.dirname, '../..')

/** Phrases for which the field has a word: conflict, LRU cache, jitter, TOFU, valid for. */
const BANNED = [
  'lost a race',
  'asked for longest',
  'out of step',
  'believed on first use',
  'so that a reboot needs',
  'what it ends with',
  'good for [0-9]',
  'credentials lie',
]

const PLACES = ['.', ':!CHANGELOG.md', ':!test/unit/words.test.ts']

const found = (phrase: string) =>
  spawnSync('git', ['grep', '-niE', phrase, '--', ...PLACES], { cwd: ROOT, encoding: 'utf8' })

describe('Source and docs', () => {
  for (const phrase of BANNED)
    it(`use the word of the field for "${phrase}"`, () => {
      const { status, stdout } = found(phrase)
      expect([status, stdout]).to.deep.equal([1, ''])
    })

  it('are looked through', () => {
    expect(found('LRU cache').status).to.equal(0)
  })
})
