import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { ENGINE } from '../../../../engine/load-engine.ts'
import { bundle } from '../../../../packaging/build/bundle.ts'
import { architectureOf } from '../../../../packaging/build/elf.ts'
import { makeProgram, scriptsOf } from '../../../../packaging/build/programs.ts'

const ROOT = join(import.meta.dirname, '../../../..')

/** What a clone has, as far as the helper is built from it. */
const SOURCES = [
  'helper',
  'shared',
  'engine',
  'packaging',
  'package.json',
  'tsconfig.json',
  'LICENSE',
]

describe('The programs', function () {
  this.timeout(60_000)

  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'postern-programs-')))
  after(() => rmSync(folder, { recursive: true }))

  const bytesOf = (...path: readonly string[]) => readFileSync(join(folder, ...path))

  it('have the same bytes wherever they are built', async () => {
    const clone = join(folder, 'another', 'clone')
    for (const name of [...SOURCES, 'node_modules/toml'])
      cpSync(join(ROOT, name), join(clone, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules/esbuild'), join(clone, 'node_modules/esbuild'))
    const temporary = join(folder, 'elsewhere')
    mkdirSync(temporary)
    const script = `await (await import(${JSON.stringify(join(clone, 'packaging/build/programs.ts'))})).makeProgram('helper', 'dist')`
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: clone,
      env: { PATH: process.env.PATH, TMPDIR: temporary, TZ: 'Asia/Tokyo', LC_ALL: 'C' },
      stdio: 'pipe',
    })

    await makeProgram('helper', join(folder, 'here'))
    expect(bytesOf('another/clone/dist/helper').equals(bytesOf('here', 'helper'))).to.equal(true)
    expect(bytesOf('here', 'helper').includes(folder)).to.equal(false)
  })

  it('have the commands of the helper in a script that a login does not read', async () => {
    const bytes = bytesOf('here', 'helper')
    const timesIn = (text: string) => bytes.toString('latin1').split(text).length - 1
    // the name of a metric of the doctor, and what denies a login
    expect(timesIn('postern_doctor_last_run_timestamp_seconds')).to.equal(1)
    // in a script and in its code cache
    expect(timesIn('is not in allowed_users')).to.equal(2)
    const main = await bundle(join(ROOT, 'helper/main.ts'), {
      constants: { POSTERN_COMMANDS: 'true' },
    })
    expect(main.script).to.include('is not in allowed_users')
    expect(main.script).not.to.include('postern_doctor')
  })

  it('have the engine in a script that the command line does not read', async () => {
    const { main, apart } = await scriptsOf('postern')
    const engine = apart[ENGINE] ?? ''
    // a table of the storage
    const table = 'create table'
    expect([main.includes(table), engine.includes(table)]).to.deep.equal([false, true])
    // V8 keeps such a text in one byte a character
    const helper = await scriptsOf('helper')
    for (const script of [main, engine, helper.main, ...Object.values(helper.apart)])
      expect(/[^\p{ASCII}]/u.exec(script)).to.equal(null)
  })

  it('are for the processor of the Node in them', async () => {
    expect(architectureOf(bytesOf('here', 'helper'))).to.equal(process.arch)
  })
})
