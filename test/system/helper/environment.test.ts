import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { EXIT_CODES } from '../../../helper/exit-codes.ts'
import { cases } from '../../support/cases.ts'
import { Bed, type Ended, PAM, together } from '../../support/helper.ts'
import { type Hostile, reply } from '../../support/hostile.ts'

const ROOT = join(import.meta.dirname, '../../..')
const POSTERN = join(ROOT, 'dist/postern')

interface Row {
  readonly name: string
  readonly helper: string
}

/** Every variable that docs/environment.md names, with what it says of the helper. */
const ROWS: readonly Row[] = readFileSync(join(ROOT, 'docs/environment.md'), 'utf8')
  .split('\n')
  .filter(line => line.startsWith('| `'))
  .flatMap(line => {
    const [, names = '', , , helper = ''] = line.split('|')
    const small = names.includes('in small letters')
    const found = [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
    return found
      .flatMap(name => (small && /PROXY$/.test(name) ? [name, name.toLowerCase()] : [name]))
      .map(name => ({ name, helper: helper.trim() }))
  })

describe('Variables of the environment', function () {
  this.timeout(60_000)

  const bed = new Bed()
  const folder = mkdtempSync(join(tmpdir(), 'postern-environment-'))
  const marker = join(folder, 'code-ran')
  const script = join(folder, 'evil.cjs')
  writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`)
  // OpenSSL ends a program whose configuration names code that is not there
  const openssl = join(folder, 'evil.cnf')
  writeFileSync(
    openssl,
    'nodejs_conf = s\nconfig_diagnostics = 1\n[s]\nproviders = p\n[p]\nevil = e\n[e]\nmodule = /nowhere.so\nactivate = 1\n',
  )

  /** The worst that each could hold; for the others a path where nothing is. */
  const values: Readonly<Record<string, string>> = {
    OPENSSL_CONF: openssl,
    NODE_OPTIONS: `--require ${script}`,
    NODE_REPL_EXTERNAL_MODULE: script,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_USE_SYSTEM_CA: '1',
    NODE_USE_ENV_PROXY: '1',
    NODE_DEBUG: 'tls,net',
    NODE_CHANNEL_FD: '0',
    NODE_UNIQUE_ID: '1',
    NODE_CLUSTER_SCHED_POLICY: 'none',
    NODE_V8_COVERAGE: join(folder, 'coverage'),
    NODE_COMPILE_CACHE: join(folder, 'cache'),
    UV_THREADPOOL_SIZE: '1',
    OPENSSL_ia32cap: '0',
    GLIBC_TUNABLES: 'glibc.malloc.check=3',
    MALLOC_PERTURB_: '5',
    MALLOC_ARENA_MAX: '1',
    BASH_ENV: script,
    ENV: script,
    FORCE_COLOR: '3',
  }
  const worst = (name: string) => values[name] ?? '/nowhere'

  let engine: Hostile
  let ends: ReadonlyMap<string, Ended>
  before(async () => {
    engine = await bed.engine(reply(400, { errors: ['OTP not found'] }))
    const rows = ROWS.map(row => [row.name, row] as const)
    ends = await together(rows, ([name]) =>
      bed.run({ engines: [engine], env: { ...PAM, [name]: worst(name) } }),
    )
  })
  after(async () => {
    await engine[Symbol.asyncDispose]()
    bed[Symbol.dispose]()
    rmSync(folder, { recursive: true })
  })

  it('are many', () => {
    expect(ROWS.length).to.be.greaterThan(60)
  })

  for (const { name, helper } of cases(ROWS))
    it(`${name}, for the helper: ${helper}`, () => {
      const { code, stdout, stderr } = ends.get(name)!
      expect([stdout, existsSync(marker)]).to.deep.equal(['', false])
      if (/^no effect/.test(helper)) expect(code, stderr).to.equal(EXIT_CODES.denied.code)
      else if (/ends Node|Node\.js|runs/.test(helper)) expect(code).to.not.equal(0)
      else expect(code, stderr).to.equal(EXIT_CODES.environment.code)
      if (code === EXIT_CODES.environment.code) expect(stderr).to.contain(name)
    })

  const harmless = ROWS.map(row => row.name).filter(each => !/^LD_|^NODE_REPL|^SIMD/.test(each))
  for (const name of cases(harmless))
    it(`${name} changes nothing for the command line`, () => {
      const { status, stdout } = spawnSync(POSTERN, ['version'], {
        env: { [name]: worst(name) },
        encoding: 'utf8',
      })
      expect([status, existsSync(marker)]).to.deep.equal([0, false])
      expect(stdout).to.match(/^Postern v\S+\n$/)
    })
})
