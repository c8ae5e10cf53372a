import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect } from 'chai'
import { cli } from '../../../engine/cli/cli.ts'
import { allCommands } from '../../../engine/cli/commands.ts'
import { cases } from '../../support/cases.ts'
import { Sink } from './command-line.ts'

const COMMANDS = await allCommands()

/** How each command that asks a server is called; `ssh` has tests of its own. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  status: ['', '-format=json'],
  login: [
    'tok',
    '-no-store -method=userpass username=ann password=x',
    '-method=oidc skip_browser=1 port=0',
  ],
  read: ['a/b', '-field=a a/b', '-field=constructor a/b', '-format=yaml a/b', '-format=raw a/b'],
  patch: ['a/b k=v'],
  write: ['a/b k=v', '-field=token a/b k=v'],
  list: ['a', '-detailed a', '-format=json a'],
  delete: ['a/b'],
  'path-help': ['a', '-format=json a'],
  'secrets enable': ['ssh'],
  'secrets list': ['', '-detailed', '-format=json'],
  'secrets disable': ['ssh'],
  'secrets tune': ['ssh'],
  'secrets move': ['a b'],
  'auth enable': ['userpass'],
  'auth list': ['', '-detailed'],
  'auth disable': ['userpass'],
  'auth tune': ['userpass'],
  'auth move': ['a b'],
  'print token': [''],
  'operator step-down': [''],
  'auth help': ['people/'],
  'operator members': ['', '-format=json'],
  unwrap: ['tok', '-field=a'],
  'policy write': ['p -'],
  'policy read': ['p', '-format=json p'],
  'policy list': ['', '-format=json'],
  'policy delete': ['p'],
  'token capabilities': ['a/b', '-format=json a/b'],
  'token create': ['', '-field=token', '-field=toString'],
  'token lookup': ['', '-field=ttl'],
  'token renew': ['', '-format=json'],
  'token revoke': ['-self'],
  'lease lookup': ['id'],
  'lease renew': ['id'],
  'lease revoke': ['id'],
  'audit enable': ['file file_path=x'],
  'audit list': ['', '-detailed'],
  'audit disable': ['file'],
  'audit hash': ['file x'],
  'audit key': [''],
  'audit search': ['-device=file', '-device=file -format=json -failed'],
  'operator init': ['', '-format=json', '-status'],
  'operator unseal': ['share'],
  'operator seal': [''],
  'operator rotate': [''],
  'operator key-status': ['', '-field=term'],
  'operator rotate-keys': ['-init', '-status', 'share', '-nonce=n -verify share'],
  'operator rekey': ['-init', '-status', 'share', '-nonce=n share', '-nonce=n -verify share'],
  'operator generate-root': ['-init', '-status', 'share', '-nonce=n share', '-field=otp -status'],
  mount: ['ssh'],
  unmount: ['ssh'],
  mounts: [''],
  can: ['-ssh-executable=/bin/false 10.1.2.3'],
  otp: ['web 10.1.2.3', '-format=json web u@10.1.2.3'],
  'roles list': ['', '-format=json'],
  'roles explain': ['web', '-format=json web'],
  'policy test': ['read a/b', '-format=json write a/b k=v'],
  'lease list': ['-mine', '-format=json -mine', 'ssh/creds/web'],
  'hosts list': ['', '-format=json'],
  'hosts show': ['web', '-format=json web'],
  'hosts enable': ['web'],
  'hosts disable': ['web'],
  'certs list': ['', '-format=json'],
  'certs show': ['5', '-format=json 5'],
  'certs revoke': ['5', '-preview 5', '-preview -format=json 5'],
  keys: ['', '-format=json'],
  krl: ['', '-format=json'],
  'user off': ['ann', '-format=json ann'],
  import: ['-from=SERVER -from-token-file=FILE', '-from=SERVER -from-token-file=FILE -apply'],
  export: ['', '-adopt'],
}

/** For these, 2 has another meaning than "failed". */
const FAILS_WITH_1 = /^status|^operator init -status$/

/** What makes sense, and ends in 1 as with Vault: a question that the reply does not answer. */
const LOCAL =
  /^Field "\w+" not present in|^no (?:rekey|rotation) is in progress|^no root token generation is in progress|^No role whose|^No auth method available/m

/** Names that commands look for in data. */
const NAMES =
  'a keys roles key_info policy policies help openapi sealed n t progress nonce type version ha_enabled initialized recovery_seal root_token keys_base64 recovery_keys_base64 started complete required verification_required encoded_token otp otp_length term install_time encryptions hash public_key capabilities migration_id accessor identity_policies meta ttl auth_url data ssh/ file/'.split(
    ' ',
  )

/** Values of the wrong type, and such as a program trips over. */
const VALUES = [
  '5',
  '-1',
  '1e308',
  '"x"',
  'null',
  'true',
  '[]',
  '{}',
  '[null]',
  '[[1],{"a":[]}]',
  '{"toString":1,"valueOf":1}',
  '[{"toString":1,"valueOf":1}]',
  '{"__proto__":{"x":1},"config":5,"options":[1]}',
  '"\\u001b[2J\\u009b2J\\u202e"',
]

const nested = '['.repeat(6000) + ']'.repeat(6000)

/** Of those below, wrong forms of the whole; the rest are whole, with values of the wrong type. */
const FORMS = 40

const ANSWERS: readonly string[] = [
  ...['', ' ', '[]', 'null', '5', '"x"', 'true', '{}', '<html>', '{"a"', '\u0000'],
  ...['{"errors":[]}', '{"request_id":"1"}', '{"request_id":"1","data":null}', '{"data":{}}'],
  ...['{"wrap_info":{}}', '{"wrap_info":"x"}', '{"wrap_info":[]}', '{"wrap_info":{"ttl":"1h"}}'],
  ...['{"auth":{}}', '{"auth":"x"}', '{"auth":[]}', '{"auth":{"client_token":5}}'],
  ...['{"auth":{"client_token":"a b"}}', '{"auth":{"client_token":"t","policies":5}}'],
  ...['{"auth":{"client_token":"t","lease_duration":-1,"metadata":{"a":null}}}'],
  ...['{"lease_id":5}', '{"lease_id":"x","lease_duration":"x"}', '{"lease_duration":1e400}'],
  ...['{"warnings":"x"}', '{"warnings":[5],"data":{"keys":["a"]}}', '{"data":"x"}', '{"data":[1]}'],
  ...['{"policies":5}', '{"__proto__":5}', '{"constructor":5,"toString":1}'],
  ...[`{"data":{"a":${nested}}}`, `{"a":${nested}}`, nested, `{"errors":[${nested}]}`],
  ...VALUES.flatMap(value => {
    const members = NAMES.map(name => `"${name}":${value}`).join(',')
    return [`{"request_id":"1","data":{${members}}}`, `{${members}}`]
  }),
]

describe('A reply that makes no sense', () => {
  let server: Server
  let home: string
  let environment: Readonly<Record<string, string>>
  let [status, answer] = [200, '']
  before(async () => {
    server = createServer((_, response) => response.writeHead(status).end(answer))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    home = mkdtempSync(join(tmpdir(), 'postern-odd-'))
    writeFileSync(join(home, 'policy'), '')
    writeFileSync(join(home, 'token'), 't', { mode: 0o600 })
    const { port } = server.address() as AddressInfo
    environment = { HOME: home, POSTERN_ADDR: `http://127.0.0.1:${port}`, POSTERN_TOKEN: 't' }
  })
  after(() => {
    server.closeAllConnections()
    server.close()
    rmSync(home, { recursive: true })
  })

  async function run(words: readonly string[]) {
    const [stdout, stderr] = [new Sink(), new Sink()]
    const code = await cli(words, {
      environment,
      stdin: () => Readable.from(['']),
      stdout,
      stderr,
      version: '1',
      self: ['postern'],
      runServer: async () => 0,
      runStorage: async () => 0,
    })
    return { code, out: stdout.text, err: stderr.text }
  }

  /** All in the long tests; else a third of them, another one for each command of a list. */
  const chosen = (bodies: readonly string[], words: readonly string[]) =>
    process.env.POSTERN_TEST_LONG
      ? bodies
      : bodies.filter((_, index) => index % 3 === words.join(' ').length % 3)

  it('is tried with every command that asks a server', () => {
    const asking = COMMANDS.filter(
      ({ local, name }) =>
        // with -device it asks a server
        (!local || name === 'audit search') &&
        !['ssh', 'ssh-config', 'scp', 'sftp', 'rsync', 'debug', 'server'].includes(name),
    )
    expect(asking.map(({ name }) => name).sort()).to.deep.equal(Object.keys(CALLS).sort())
    expect(ANSWERS.length * Object.values(CALLS).flat().length).to.be.above(4000)
  })

  for (const [name, calls] of Object.entries(CALLS))
    for (const call of cases(calls))
      it(`is a sentence to "${name} ${call}"`, async () => {
        const words = `${name} ${call}`
          .trim()
          .replace('SERVER', environment.POSTERN_ADDR ?? '')
          .replace('FILE', join(home, 'token'))
          .split(' ')
        for (const each of [200, 404, 503] as const)
          for (const body of chosen(each === 200 ? ANSWERS : ANSWERS.slice(0, FORMS), words)) {
            status = each
            answer = body
            const { code, out, err } = await run(words)
            const what = `${each} ${body.slice(0, 120)}: ${code} ${err}`
            expect(err, what).to.not.match(/ {2}at |\w+Error\b|bug in postern|\[object/)
            expect(err, what).to.not.match(/[^\P{C}\n\t]/u)
            expect(out, what).to.not.match(/\[object|undefined|NaN/)
            if (code === 0) continue
            expect(err.length > 5 || out.length > 2, what).to.equal(true)
            const local = FAILS_WITH_1.test(words.join(' ')) || LOCAL.test(err)
            if (!(local && code === 1)) expect(code, what).to.equal(2)
          }
      }).timeout(60_000)
})
