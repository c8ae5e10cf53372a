import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { codeCache } from '../../../../packaging/build/code-cache.ts'
import { PARAMETERS } from '../../../../shared/script-in-asset.ts'

const SCRIPT = 'module.exports = { answer: () => 42 }'

/** Says whether V8 takes the code cache on its standard input for a script. */
const TAKES = `
const cachedData = require('node:fs').readFileSync(0)
const { compileFunction } = require('node:vm')
const options = { filename: 'NAME', cachedData }
const { cachedDataRejected } = compileFunction(process.argv[1], ${JSON.stringify(PARAMETERS)}, options)
process.stdout.write(String(!cachedDataRejected))
`

const takes = (flags: readonly string[], script: string, input: Buffer) =>
  execFileSync(process.execPath, [...flags, '-e', TAKES, script], { input, encoding: 'utf8' })

describe('codeCache', () => {
  it('is taken by a program with the flags of the engine, for that script only', () => {
    const flags = ['--disable-sigusr1', '--max-semi-space-size=8']
    const cache = codeCache(SCRIPT, 'NAME', flags)
    expect(takes(flags, SCRIPT, cache)).to.equal('true')
    expect(takes(flags, `${SCRIPT}\n`, cache)).to.equal('false')
  })

  it('has the same bytes each time', () => {
    expect(codeCache(SCRIPT, 'NAME', [])).to.deep.equal(codeCache(SCRIPT, 'NAME', []))
  })
})
