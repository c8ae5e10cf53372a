import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { EXIT_CODES } from '../../../helper/exit-codes.ts'
import { Bed, expectEnd, HERE, PAM } from '../../support/helper.ts'
import { reply } from '../../support/hostile.ts'

const GOOD = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })
const ECHO = reply(200, { data: { message: 'verify-echo-response' } })
const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ postern-helper\[\d+\]: decision=\w+ /
const root = process.getuid?.() === 0

describe('The log file of the helper', function () {
  this.timeout(30_000)

  const bed = new Bed()
  after(() => bed[Symbol.dispose]())

  let runs = 0
  const place = () => {
    const folder = join(bed.folder, `log${runs++}`)
    mkdirSync(folder)
    return join(folder, 'helper.log')
  }

  const login = async (file: string, settings = {}) => {
    await using engine = await bed.engine(GOOD)
    return await bed.run({ engines: [engine], settings: { log_file: file, ...settings } })
  }

  const check = async (file: string) => {
    await using engine = await bed.engine(ECHO)
    return await bed.run({
      ...{ engines: [engine], settings: { log_file: file }, env: {}, words: ['-verify-only'] },
    })
  }

  const put = (file: string, mode: number) => {
    writeFileSync(file, 'before\n')
    chmodSync(file, mode)
  }

  for (const [what, make] of [
    ['it is not there yet', () => undefined],
    ['it is there', (file: string) => put(file, 0o600)],
    ['it ends with half a line', (file: string) => writeFileSync(file, 'x', { mode: 0o600 })],
    ['a group may read it', (file: string) => put(file, 0o640)],
    [
      'it is in a folder that a group may write',
      (file: string) => {
        if (root) chmodSync(dirname(file), 0o775)
      },
    ],
  ] as const)
    it(`has a line with time, host and process when ${what}`, async () => {
      const file = place()
      make(file)
      expectEnd(await login(file), 'allowed')
      expect(readFileSync(file, 'utf8').split('\n').at(-2)).to.match(LINE)
      expect(statSync(file).mode & 0o027).to.equal(0)
      expect((await check(file)).stderr).to.not.contain('the log')
    })

  for (const [what, make, says] of [
    ['others may read it', (file: string) => put(file, 0o604), /others may read it/],
    ['others may write it', (file: string) => put(file, 0o602), /others may read it/],
    ['a group may write it', (file: string) => put(file, 0o620), /a group write it/],
    [
      'it has another name',
      (file: string) => {
        put(file, 0o600)
        linkSync(file, `${file}.2`)
      },
      /more than one name/,
    ],
    ['it is a link', (file: string) => symlinkSync('/etc/hostname', file), /ELOOP/],
    ['it is a folder', (file: string) => mkdirSync(file), /EISDIR/],
    [
      'it is a pipe',
      (file: string) => spawnSync('mkfifo', ['-m', '600', file]),
      /ENXIO|not a regular file/,
    ],
    [
      'it is in a folder that others may write',
      (file: string) => chmodSync(dirname(file), 0o777),
      /can be changed by other users/,
    ],
    ...(root
      ? ([
          [
            'it belongs to somebody else',
            (file: string) => {
              put(file, 0o600)
              chownSync(file, 12_345, 12_345)
            },
            /belongs to another user \(uid 12345\)/,
          ],
          [
            "it is in somebody else's folder",
            (file: string) => chownSync(dirname(file), 12_345, 0),
            /belongs to another user \(uid 12345\)/,
          ],
        ] as const)
      : []),
  ] as const)
    it(`is not used when ${what}, which is said and changes no decision`, async () => {
      const file = place()
      make(file)
      const before = existsSync(file) && statSync(file).isFile() && readFileSync(file, 'utf8')
      const ended = await login(file)
      expectEnd(ended, 'allowed')
      expect(ended.stderr).to.match(/^decision=allowed /)
      expect(ended.stderr).to.match(says)
      if (typeof before === 'string') expect(readFileSync(file, 'utf8')).to.equal(before)
      const checked = await check(file)
      expect(checked.code).to.equal(EXIT_CODES.settings.code)
      expect(checked.stderr).to.match(says)
    })

  for (const [what, run, end] of [
    ['an unsafe environment', { env: { ...PAM, LD_LIBRARY_PATH: '/tmp' } }, 'environment'],
    ['an account line', { env: { ...PAM, PAM_TYPE: 'account' } }, 'usage'],
    ['no user', { env: { ...PAM, PAM_USER: '' } }, 'usage'],
    ['a broken connection', { env: { ...PAM, SSH_CONNECTION: 'bad' } }, 'input'],
    ['an unknown flag', { words: ['-nope'] }, 'usage'],
  ] as const)
    it(`has a line for ${what}, which is refused before anything else`, async () => {
      const ended = await bed.run({ engines: ['https://127.0.0.1:1'], ...run })
      expectEnd(ended, end)
      expect(ended.log).to.match(LINE)
      expect(ended.log).to.contain(`decision=denied end=${end} `)
    })

  it('has no warning beside it when a refusal comes late', async () => {
    const command = ['/bin/sh', '-c', '(sleep 1.3; cat) | "$0" "$@"']
    const ended = await bed.run({
      ...{ engines: ['https://127.0.0.1:1'], settings: { deadline: '1s' }, command },
    })
    expectEnd(ended, 'deadline')
    expect(ended.stderr.trimEnd().split('\n')).to.have.lengthOf(1)
  })
})
