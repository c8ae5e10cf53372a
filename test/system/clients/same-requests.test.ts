import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseDuration } from '../../../shared/duration.ts'
import { cases } from '../../support/cases.ts'
import { bao as program } from '../../support/clients.ts'
import {
  type Recorded,
  type RecordingProxy,
  recordingProxy,
} from '../../support/recording-proxy.ts'
import { type CommandLine, commandLine } from '../cli/command-line.ts'

/** What is typed, in this order. `$token` and others stand for what an earlier line has printed. */
const LINES = [
  'secrets enable ssh',
  'secrets enable -path=team/ssh -description=x -default-lease-ttl=10m -local -listing-visibility=unauth ssh',
  'secrets enable ssh',
  'write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8',
  'write ssh/roles/web nonsense',
  'write ssh/roles/web',
  'read ssh/roles/web',
  'read -field=port ssh/roles/web',
  'read -field=nothing ssh/roles/web',
  'read ssh/roles/none',
  'list ssh/roles',
  'list -format=json ssh/roles',
  'list ssh/none',
  'write -field=key ssh/creds/web ip=10.1.2.3',
  'write -wrap-ttl=60s ssh/creds/web ip=10.1.2.3',
  'write ssh/creds/web ip=192.0.2.1',
  'delete ssh/roles/web',
]

const MORE_LINES = [
  'secrets list',
  'secrets list -detailed',
  'secrets tune -default-lease-ttl=5m -listing-visibility=hidden -audit-non-hmac-request-keys=ip ssh/',
  'secrets move team/ssh other',
  'secrets disable other',
  'auth enable -description=people -token-type=service userpass',
  'auth enable -path=ci approle',
  'auth tune -max-lease-ttl=1h -user-lockout-threshold=3 -user-lockout-duration=1m userpass/',
  'auth list',
  'auth list -detailed',
  'auth help userpass',
  'auth help none',
  'auth disable ci',
  'write -f auth/userpass/users/ann password=correct',
  'login -no-store -method=userpass username=ann password=correct',
  'login -no-store -method=userpass username=ann password=wrong',
  'policy write web $policy',
  'policy write broken /dev/null',
  'policy list',
  'policy read web',
  'policy read none',
  'policy delete web',
  'token create -policy=default -ttl=1h -display-name=x -metadata=a=b',
  'token create -orphan -period=1h',
  'token create -field=token_policies',
  'token lookup',
  'token lookup nonsense',
  'token capabilities sys/health',
  'token renew -increment=1h',
  'token revoke nonsense',
  'token revoke',
  'lease lookup nonsense',
  'lease renew nonsense',
  'lease revoke -prefix ssh/',
  'lease revoke',
  'audit list',
  'audit enable none',
  'audit disable none',
  'operator key-status',
  'operator members',
  'operator step-down',
  'operator rotate',
  'operator generate-root -status',
  'operator rekey -status',
  'operator rotate-keys -status',
  'operator rotate-keys -cancel',
  'operator rotate-keys -verify -status',
  'status',
  'unwrap nonsense',
  'path-help ssh/creds/web',
  'patch ssh/roles/web a=b',
  'print token',
  'nonsense',
  'token nonsense',
  'read',
  'read -nonsense ssh/roles',
]

/** Lines for which postern sends something else on purpose, and why. They end alike. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'token lookup nonsense': 'after the refusal, it asks whether its own token is the one refused',
  'token capabilities sys/health': 'its token is in the header, and not in the body as well',
  'unwrap nonsense': 'the wrapping token is in the header, so its own is not sent',
  'operator rotate': 'it asks at the path that every server has',
  'operator generate-root -status':
    'bao has asked with a token since 2.7; who has lost the root token has none',
}

const SCRIPT = process.env.POSTERN_TEST_LONG ? [...LINES, ...MORE_LINES] : LINES

describe('The same words for postern and bao', function () {
  this.timeout(60_000)
  let bao: Program
  let postern: Program

  before(async () => {
    ;[bao, postern] = [await Program.start(runBao), await Program.start(runPostern)]
  })
  after(async () => {
    await bao[Symbol.asyncDispose]()
    await postern[Symbol.asyncDispose]()
  })

  for (const line of cases(SCRIPT))
    it(`send the same, and end alike: ${line}`, async () => {
      const [theirs, ours] = [await bao.type(line), await postern.type(line)]
      if (line in OTHERWISE) expect(ours.requests).to.not.deep.equal(theirs.requests)
      else expect(ours.requests, ours.said).to.deep.equal(theirs.requests)
      expect(ours.code, theirs.said + ours.said).to.equal(theirs.code)
    })
})

interface Typed {
  readonly code: number
  readonly said: string
  readonly requests: readonly Recorded[]
}

type Run = (
  line: CommandLine,
  words: readonly string[],
  address: string,
) => Promise<Omit<Typed, 'requests'>>

/** A command line with a server of its own, which hears what it sends. */
class Program implements AsyncDisposable {
  readonly #line: CommandLine
  readonly #proxy: RecordingProxy
  readonly #run: Run

  private constructor(line: CommandLine, proxy: RecordingProxy, run: Run) {
    this.#line = line
    this.#proxy = proxy
    this.#run = run
  }

  static async start(run: Run): Promise<Program> {
    const line = await commandLine()
    writeFileSync(join(line.folder, 'policy.hcl'), 'path "a" {\n  capabilities = ["read"]\n}\n')
    return new Program(line, await recordingProxy(line.address), run)
  }

  async type(text: string): Promise<Typed> {
    const words = text.replace('$policy', join(this.#line.folder, 'policy.hcl')).split(' ')
    const ended = await this.#run(this.#line, words, this.#proxy.address)
    return { ...ended, requests: this.#proxy.take().map(alike) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]()
    await this.#line[Symbol.asyncDispose]()
  }
}

const runBao: Run = (line, words, address) =>
  new Promise(resolve => {
    const environment = {
      PATH: process.env.PATH,
      HOME: line.folder,
      BAO_ADDR: address,
      BAO_TOKEN: 'root',
    }
    execFile(program(), words, { env: environment }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, said: out + err }),
    )
  })

const runPostern: Run = async (line, words, address) => {
  const { code, out, err } = await line.run(words, { environment: { POSTERN_ADDR: address } })
  return { code, said: out + err }
}

/** A request with what is the same in other words: durations in seconds, no data as an empty object, and no random ids. */
const alike = ({ headers, body, path, ...rest }: Recorded): Recorded => ({
  ...rest,
  path: path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'ID'),
  headers: plain(headers) as Recorded['headers'],
  body: plain(body ?? {}),
})

function plain(value: unknown): unknown {
  if (typeof value === 'string') return /^(?:\d+[hms])+$/.test(value) ? parseDuration(value) : value
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}
