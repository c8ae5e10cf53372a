import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

describe('server -check', function () {
  this.timeout(30_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-check-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const check = (...audit: readonly string[]) => checkWith([], audit)

  function checkWith(words: readonly string[], audit: readonly string[]) {
    const file = join(folder, 'engine.toml')
    const tables = audit.map(
      (path, at) => `[[audit]]\npath = "d${at}"\nfile_path = "${join(folder, path)}"\n`,
    )
    writeFileSync(
      file,
      `[listener]\ntls_disable = true\n[storage]\ntype = "inmem"\n${tables.join('')}`,
      { mode: 0o600 },
    )
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [MAIN, 'server', '-check', `-config=${file}`, ...words],
      { encoding: 'utf8', env: { PATH: process.env.PATH } },
    )
    return { status, said: stdout + stderr }
  }

  it('finds that the folder of the audit log is missing', () => {
    for (const [words, code] of [
      [[], 0],
      [['-strict'], 2],
    ] as const) {
      const { status, said } = checkWith(words, ['log/audit.log'])
      expect(status).to.equal(code)
      expect(said).to.match(
        /^.*is valid\nWARNING! audit device "d0\/" cannot be written to: \S+: no such file or directory\n/s,
      )
    }
  })

  it('finds that there is something else in the place of the audit log', () => {
    mkdirSync(join(folder, 'audit.log'))
    expect(check('audit.log').status).to.equal(1)
  })

  it('says so, and is content, where another device takes the lines', () => {
    const { status, said } = check('log/audit.log', 'audit.log')
    expect(status).to.equal(0)
    expect(said).to.match(/WARNING! audit device "d0\/" cannot be written to/)
  })

  it('makes no file, and changes none that is there', () => {
    expect(check('audit.log').status).to.equal(0)
    expect(existsSync(join(folder, 'audit.log'))).to.equal(false)
    writeFileSync(join(folder, 'audit.log'), '')
    chmodSync(join(folder, 'audit.log'), 0o640)
    expect(check('audit.log').status).to.equal(0)
  })

  it('finds two devices on one file', () => {
    const { status, said } = check('audit.log', 'audit.log')
    expect(status).to.equal(1)
    expect(said).to.include('another device writes to the same file')
  })
})
