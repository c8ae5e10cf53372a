import { expect } from 'chai'
import { runStoreProgram } from '../../../../engine/cli/kept-token/run-store-program.ts'
import { Secret } from '../../../../shared/secret.ts'

describe('runStoreProgram', () => {
  const run = (script: string, timeout = 20_000) =>
    runStoreProgram({
      program: 'sh',
      words: ['-c', script],
      input: new Secret('hvs.one'),
      environment: { PATH: '/usr/bin:/bin', VAULT_TOKEN: 'hvs.other' },
      timeout,
    })

  it('gives it the secret on standard input, and no token of the environment', () => {
    expect(run('cat; echo "[$VAULT_TOKEN]"')).to.deep.equal({
      ...{ output: 'hvs.one[]\n', failure: undefined, complained: false, missing: false },
    })
  })

  for (const [why, script, failure] of [
    ['the last line that it said', 'echo first >&2; echo why >&2; exit 3', 'why'],
    ['how it ended, if it said nothing', 'exit 3', 'sh ended with 3'],
    ['the signal that ended it', 'kill -TERM $$', 'sh ended with SIGTERM'],
    ['that it wrote too much', 'head -c 100000 /dev/zero', 'spawnSync sh ENOBUFS'],
  ] as const)
    it(`tells ${why}`, () => {
      expect(run(script).failure).to.equal(failure)
    })

  it('kills one that hangs, with what it has started', () => {
    const begun = performance.now()
    expect(run('trap "" TERM; sleep 30; echo late', 100).failure).to.equal(
      'sh has not answered for 0.1 seconds',
    )
    expect(performance.now() - begun).to.be.below(20_000)
  })
})
