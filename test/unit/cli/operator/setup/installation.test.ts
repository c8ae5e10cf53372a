import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Installation } from '../../../../../engine/cli/operator/setup/installation.ts'
import type { RecordedPlan } from '../../../../../engine/cli/operator/setup/setup-plan.ts'

const PLAN: RecordedPlan = {
  names: ['engine.example.com'],
  addresses: ['10.0.0.1'],
  apiAddress: 'https://engine.example.com:8200',
  listen: '0.0.0.0:8200',
  permitted: { domains: [], networks: [] },
  tls: undefined,
  sealKeyPlace: 'file',
}

describe('An installation', () => {
  let folder: string
  let record: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-installation-'))
    record = join(folder, 'etc/setup.json')
    file = join(folder, 'etc/engine.toml')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function begun(): Installation {
    const installation = new Installation(record)
    installation.begin(PLAN)
    return installation
  }

  it('knows in a later run what an earlier one has done', () => {
    const first = begun()
    first.install(file, 'text', { mode: 0o640 })
    first.reach('initialized')
    const later = new Installation(record)
    expect(later.record.plan?.apiAddress).to.equal(PLAN.apiAddress)
    expect([
      later.isInstalled(file),
      later.has('initialized'),
      later.has('finished'),
    ]).to.deep.equal([true, true, false])
    expect(statSync(file).mode & 0o777).to.equal(0o640)
    expect(statSync(record).mode & 0o777).to.equal(0o600)
  })

  it('writes a file again whose writing was cut short, and not one that was changed later', () => {
    begun().install(file, 'text', { mode: 0o600 })
    writeFileSync(file, 'changed')
    new Installation(record).install(file, 'text', { mode: 0o600 })
    expect(readFileSync(file, 'utf8')).to.equal('changed')

    const cut = JSON.parse(readFileSync(record, 'utf8'))
    cut.files[file].written = undefined
    writeFileSync(record, JSON.stringify(cut))
    rmSync(file)
    writeFileSync(`${file}.draft`, 'te')
    new Installation(record).install(file, 'text', { mode: 0o600 })
    expect(readFileSync(file, 'utf8')).to.equal('text')
    expect(existsSync(`${file}.draft`)).to.equal(false)
  })

  it('does not overwrite the file of somebody else', () => {
    mkdirSync(join(folder, 'etc'))
    writeFileSync(file, 'theirs')
    const install = () => begun().install(file, 'text', { mode: 0o600, replaces: 'the sample' })
    expect(install).to.throw(/engine\.toml exists: the set-up has not made it/)
    expect(readFileSync(file, 'utf8')).to.equal('theirs')
  })

  it('replaces the sample of a package, and puts it back', () => {
    mkdirSync(join(folder, 'etc'))
    writeFileSync(file, 'the sample')
    begun().install(file, 'text', { mode: 0o600, replaces: 'the sample' })
    expect(readFileSync(file, 'utf8')).to.equal('text')
    expect(new Installation(record).remove(file)).to.equal('removed')
    expect(readFileSync(file, 'utf8')).to.equal('the sample')
    expect(existsSync(`${file}.before-setup`)).to.equal(false)
  })

  it('keeps a file that was changed since, when it is undone', () => {
    const installation = begun()
    installation.install(file, 'text', { mode: 0o600 })
    writeFileSync(file, 'changed')
    expect(installation.remove(file)).to.equal('kept')
    expect(installation.remove(file, { isForced: true })).to.equal('removed')
    expect(existsSync(file)).to.equal(false)
  })

  it('creates folders with their rights also where a run was cut short, and leaves those of others', () => {
    const [own, other] = [join(folder, 'own'), join(folder, 'other')]
    mkdirSync(other, { mode: 0o755 })
    const installation = begun()
    installation.folder(other, { mode: 0o700 })
    installation.folder(own, { mode: 0o750 })
    expect(statSync(other).mode & 0o777).to.equal(0o755)
    chmodSync(own, 0o700)
    new Installation(record).folder(own, { mode: 0o750 })
    expect(statSync(own).mode & 0o777).to.equal(0o750)
    expect(new Installation(record).record.folders).to.deep.equal([join(folder, 'etc'), own])
  })

  it('says that its record is damaged', () => {
    begun()
    writeFileSync(record, '{')
    expect(() => new Installation(record)).to.throw(
      /setup\.json, the record of the set-up, cannot be read/,
    )
  })
})
