import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { postgresProgram } from '../../support/postgres-program.ts'

const CLUSTER = join(import.meta.dirname, '../cluster')

/** What depends on the server: the contract of the store, its groups and connections, what is looked up, hostile settings, a lost primary. */
const SUITES = [
  'store',
  'commit-groups',
  'commit-outcomes',
  'connections',
  'hostile-database',
  'fail-over',
]

for (const version of ['15', '17', '18'])
  describe(`PostgreSQL ${version}`, function () {
    this.timeout(5 * 60_000)
    const env = { ...process.env, POSTERN_TEST_POSTGRESQL: version }

    it('is what the tests below run with', () => {
      process.env.POSTERN_TEST_POSTGRESQL = version
      try {
        const program = postgresProgram('postgres')
        expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).to.contain(
          ` ${version}.`,
        )
      } finally {
        delete process.env.POSTERN_TEST_POSTGRESQL
      }
    })

    for (const suite of SUITES)
      it(`passes ${suite}`, () => {
        const file = join(CLUSTER, `${suite}.test.ts`)
        const { status, stdout, stderr } = spawnSync('mocha', ['--reporter=dot', file], {
          env: { ...env, POSTERN_TEST_COUNTS: '' },
          encoding: 'utf8',
        })
        expect(status, `${stdout}${stderr}`).to.equal(0)
        expect(stdout).to.match(/\d+ passing/)
      })
  })
