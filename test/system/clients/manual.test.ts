import { spawnSync } from 'node:child_process'
import { expect } from 'chai'
import { manual } from '../../../packaging/docs/manual.ts'
import { cases } from '../../support/cases.ts'

describe('The manual', () => {
  for (const [name, text] of cases(Object.entries(manual())))
    it(`${name} is read by groff without a warning`, () => {
      const { status, stderr, stdout } = spawnSync('groff', ['-man', '-Tutf8', '-P-cbou', '-ww'], {
        input: text,
        encoding: 'utf8',
      })
      expect([status, stderr]).to.deep.equal([0, ''])
      expect(stdout).to.include(`NAME\n       ${name.slice(0, -2)} - `)
    })
})
