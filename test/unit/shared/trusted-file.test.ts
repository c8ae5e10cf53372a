import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Invalid } from '../../../shared/invalid.ts'
import { readTrusted } from '../../../shared/trusted-file.ts'

describe('readTrusted', () => {
  let folder: string
  let file: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-trusted-'))
    file = join(folder, 'file')
    writeFileSync(file, 'text', { mode: 0o600 })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('gives the text of a file that only its owner can change', () => {
    expect(readTrusted(file)).to.equal('text')
    chmodSync(file, 0o644)
    expect(readTrusted(file)).to.equal('text')
  })

  for (const [what, spoil, says] of [
    ['others can write', () => chmodSync(file, 0o602), /can be changed by other users/],
    [
      'is in a folder that others can write',
      () => chmodSync(folder, 0o707),
      /can be changed by other users/,
    ],
    ['is missing', () => rmSync(file), /does not exist/],
    [
      'is a folder',
      () => {
        rmSync(file)
        mkdirSync(file)
      },
      /is not a regular file/,
    ],
    [
      'is a pipe',
      () => {
        rmSync(file)
        spawnSync('mkfifo', [file])
      },
      /is not a regular file/,
    ],
    [
      'is a link',
      () => {
        rmSync(file)
        symlinkSync('/etc/hostname', file)
      },
      /is a symbolic link/,
    ],
    [
      'is a link to itself',
      () => {
        rmSync(file)
        symlinkSync(file, file)
      },
      /symbolic link/,
    ],
    [
      'is larger than 1 MiB',
      () => writeFileSync(file, Buffer.alloc(1024 * 1024 + 1)),
      /larger than 1 MiB/,
    ],
  ] as const)
    it(`refuses a file that ${what}`, () => {
      spoil()
      expect(() => readTrusted(file)).to.throw(Invalid, says)
    })

  it('follows links where that is asked for, but not without end', () => {
    const [link, loop] = [join(folder, 'link'), join(folder, 'loop')]
    symlinkSync('./file', link)
    symlinkSync('loop', loop)
    expect(readTrusted(link, { links: true })).to.equal('text')
    expect(() => readTrusted(loop, { links: true })).to.throw(Invalid, /too many symbolic links/)
  })

  it('follows links only through folders that others cannot write', () => {
    const [open, link] = [join(folder, 'open'), join(folder, 'link')]
    mkdirSync(open)
    writeFileSync(join(open, 'file'), 'text', { mode: 0o600 })
    symlinkSync('open/file', link)
    chmodSync(open, 0o777)
    expect(() => readTrusted(link, { links: true })).to.throw(Invalid, `${open} can be changed`)
  })

  it('refuses a file that is longer than it says, as one that is being written', () => {
    expect(() => readTrusted('/proc/version')).to.throw(Invalid, /changed while it was read/)
  })

  if (process.getuid?.() === 0)
    it('follows no link of another user', () => {
      const link = join(folder, 'link')
      symlinkSync('file', link)
      lchownSync(link, 12_345, 0)
      expect(() => readTrusted(link, { links: true })).to.throw(
        Invalid,
        `${link} belongs to another user (uid 12345)`,
      )
    })

  if (process.getuid?.() === 0)
    for (const [what, spoil] of [
      ['file', () => chownSync(file, 12_345, 0)],
      ['folder', () => chownSync(folder, 12_345, 0)],
    ] as const)
      it(`refuses the ${what} of another user`, () => {
        spoil()
        expect(() => readTrusted(file)).to.throw(Invalid, /belongs to another user \(uid 12345\)/)
      })

  if (process.getuid?.() === 0)
    for (const [what, count, owner, accepts] of [
      ["its root's", 65_534, 100_000, true],
      ["its nobody's", 65_536, 165_534, false],
      ["somebody's without a number there", 65_534, 5, false],
    ] as const)
      it(`in a user namespace, says ${accepts} to a file that is ${what}`, () => {
        chownSync(folder, 100_000, 100_000)
        chownSync(file, owner, owner)
        chmodSync(file, 0o644)
        const module = join(import.meta.dirname, '../../../shared/trusted-file.ts')
        const program = `import(${JSON.stringify(module)}).then(it => it.readTrusted(${JSON.stringify(file)}))`
        const { status, stderr } = inNamespace(count, [process.execPath, '-e', program])
        if (accepts) expect(status, stderr).to.equal(0)
        else expect(stderr).to.match(/Invalid: \S+ belongs to another user \(uid 65534\)/)
      })

  it('accepts 1 MiB', () => {
    writeFileSync(file, Buffer.alloc(1024 * 1024, 'x'))
    expect(readTrusted(file)).to.have.lengthOf(1024 * 1024)
  })
})

/** Runs a program in a user namespace whose ids 0 to `count` are 100 000 and more outside, as containers without privileges have it. */
const inNamespace = (count: number, command: readonly string[]) =>
  spawnSync(
    'bash',
    [
      '-c',
      `unshare --user sleep 30 & pid=$!
       until [ "$(readlink /proc/$pid/ns/user)" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
       echo "0 100000 $1" >/proc/$pid/uid_map; echo "0 100000 $1" >/proc/$pid/gid_map
       nsenter --user --target $pid -- "\${@:2}"; code=$?
       kill $pid; exit $code`,
      'bash',
      String(count),
      ...command,
    ],
    { encoding: 'utf8' },
  )
