import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { codeCache } from '../../../../packaging/build/code-cache.ts'
import { functionOf } from '../../../../shared/script-in-asset.ts'

const SCRIPT = 'module.exports = { answer: () => "the-answer" }'

/** Says whether V8 takes the code cache on its standard input for a script. */
const TAKES = `
const cachedData = require('node:fs').readFileSync(0)
const { Script } = require('node:vm')
const { cachedDataRejected } = new Script(process.argv[1], { filename: 'NAME', cachedData })
process.stdout.write(String(!cachedDataRejected))
`

const takes = (flags: readonly string[], script: string, input: Buffer) =>
  execFileSync(process.execPath, [...flags, '-e', TAKES, functionOf(script)], {
    ...{ input, encoding: 'utf8' },
  })

const KINDS = ['all', 'first'] as const

describe('codeCache', () => {
  for (const compiles of KINDS)
    it(`of ${compiles} functions is taken by a program with the flags of the engine, for that script only`, () => {
      const flags = ['--disable-sigusr1', '--max-semi-space-size=8']
      const cache = codeCache(SCRIPT, 'NAME', { flags, compiles })
      expect(takes(flags, SCRIPT, cache)).to.equal('true')
      expect(takes(flags, `${SCRIPT}\n`, cache)).to.equal('false')
    })

  it('has the same bytes each time', () => {
    for (const compiles of KINDS) {
      const options = { flags: [], compiles }
      expect(codeCache(SCRIPT, 'NAME', options)).to.deep.equal(codeCache(SCRIPT, 'NAME', options))
    }
  })

  it('has functions that have not been called only if it has all', () => {
    const [all, first] = KINDS.map(compiles => {
      const cache = codeCache(SCRIPT, 'NAME', { flags: [], compiles })
      return cache.toString('latin1').includes('the-answer')
    })
    expect([all, first]).to.deep.equal([true, false])
  })
})
