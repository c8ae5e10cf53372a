import {
  chmodSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { byHand, obstacle, writeConfig } from '../../../../helper/commands/enrolled-config.ts'

const SETTINGS = {
  name: 'web-1',
  keyFile: '/etc/postern/host-key',
  verifyKeys: ['ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
}
const LINES = [
  'host_name = "web-1"',
  'host_key = "/etc/postern/host-key"',
  `verify_keys = ["${SETTINGS.verifyKeys[0]}"]`,
]
const SAMPLE = readFileSync(
  join(import.meta.dirname, '../../../../packaging/config/helper.toml'),
  'utf8',
)

describe('The configuration of a host that enrols', () => {
  let folder: string
  let file: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-enroll-'))
    file = join(folder, 'helper.toml')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('gets three lines, and keeps its comments and its mode', () => {
    writeFileSync(file, SAMPLE, { mode: 0o640 })
    writeConfig(file, SETTINGS)
    const lines = readFileSync(file, 'utf8').split('\n')
    for (const line of LINES) expect(lines).to.include(line)
    expect(lines.filter(line => !LINES.includes(line)).join('\n')).to.equal(SAMPLE)
    expect(statSync(file).mode & 0o777).to.equal(0o640)
    writeConfig(file, { ...SETTINGS, name: 'web-2' })
    expect(readFileSync(file, 'utf8').match(/^host_/gm)).to.have.length(2)
  })

  const OBSTACLES: Readonly<Record<string, readonly [() => void, string]>> = {
    JSON: [() => writeFileSync(file, '{"vault_addr": "https://e:8200"}'), 'it is not TOML'],
    HCL: [() => writeFileSync(file, 'vault_addr = "https://e:8200" // why\n'), 'it is not TOML'],
    'a symbolic link': [
      () => {
        writeFileSync(join(folder, 'real'), SAMPLE)
        symlinkSync('real', file)
      },
      'it is a link',
    ],
    'a hard link': [
      () => {
        writeFileSync(join(folder, 'real'), SAMPLE)
        linkSync(join(folder, 'real'), file)
      },
      'it is a link',
    ],
    'a file without write permission': [
      () => {
        writeFileSync(file, SAMPLE)
        chmodSync(file, 0o400)
      },
      'it is read-only',
    ],
    'a key that is written twice': [
      () => writeFileSync(file, 'host_name = "a"\nhost_name = "b"\n'),
      'it is not TOML',
    ],
  }
  for (const [what, [make, why]] of Object.entries(OBSTACLES))
    it(`is not changed where it is ${what}`, () => {
      make()
      const before = readFileSync(file, 'utf8')
      expect(obstacle(file, SETTINGS)).to.equal(why)
      expect(() => writeConfig(file, SETTINGS)).to.throw(LINES.join('\n'))
      expect(readFileSync(file, 'utf8')).to.equal(before)
    })

  it('is told as lines that can be added', () => {
    const { exit, message } = byHand(file, SETTINGS, 'it is a link')
    expect(exit).to.equal('manual')
    expect(message.split('\n').slice(1)).to.deep.equal(LINES)
  })
})
