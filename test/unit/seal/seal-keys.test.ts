import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { sealKeysOf } from '../../../engine/config/seal-settings.ts'
import { readSealKeys } from '../../../engine/seal/seal-keys.ts'

describe('readSealKeys', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-seal-keys-'))
    file = join(folder, 'seal.key')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const write = (text: string, mode = 0o600) => {
    writeFileSync(file, text)
    chmodSync(file, mode)
  }
  const message = (read: () => unknown) => {
    try {
      read()
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
  const [one, two] = [randomBytes(32), randomBytes(32)]

  it('reads keys in hex and base64, in their order', () => {
    write(`# the new one\n${one.toString('base64')}\n\n${two.toString('hex').toUpperCase()}\n`)
    expect(readSealKeys(file, { secret: true })).to.deep.equal([one, two])
  })

  for (const [what, text, problem] of [
    ['empty', '# nothing\n', 'holds no key'],
    [
      'a password',
      'correct horse battery staple',
      'line 1 is not a key of 32 bytes in hex or base64',
    ],
    ['short', `${'00'.repeat(32)}\nabcd\n`, 'line 2 is not a key of 32 bytes in hex or base64'],
  ] as const)
    it(`refuses a file that is ${what}, and shows nothing of it`, () => {
      write(text)
      const said = message(() => readSealKeys(file, { secret: true })) ?? ''
      expect(said.startsWith(file) && said.endsWith(problem), said).to.equal(true)
    })

  it('refuses a file that others can read or change, unless systemd guards it', () => {
    write(one.toString('hex'), 0o644)
    expect(message(() => readSealKeys(file, { secret: true }))).to.equal(
      `${file} can be read by other users: run chmod go-r ${file}`,
    )
    expect(readSealKeys(file, { secret: false })).to.deep.equal([one])
    write(one.toString('hex'), 0o602)
    expect(message(() => readSealKeys(file, { secret: false }))).to.match(/can be changed/)
  })

  it('follows links, as Kubernetes makes them', () => {
    write(one.toString('hex'))
    symlinkSync(file, join(folder, 'link'))
    expect(readSealKeys(join(folder, 'link'), { secret: true })).to.deep.equal([one])
  })

  it('finds a credential where systemd puts it', () => {
    write(one.toString('hex'), 0o440)
    const settings = { type: 'file', credential: 'seal.key' } as const
    expect(sealKeysOf(settings, folder)).to.deep.equal({ sealKeys: [one] })
    expect(sealKeysOf({ type: 'shamir', disabled: settings }, folder)).to.deep.equal({
      sealKeys: undefined,
      disabledSealKeys: [one],
    })
    expect(message(() => sealKeysOf(settings, ''))).to.match(
      /^the credential "seal.key" of \[seal\]/,
    )
    expect(sealKeysOf({ type: 'shamir' }, folder)).to.deep.equal({ sealKeys: undefined })
  })
})
