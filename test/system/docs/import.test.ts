import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { blocksOfPage, usePage } from '../../support/docs/page.ts'
import { type CommandLine, commandLine, type Ended } from '../cli/command-line.ts'

const PAGE = 'docs/import.md'

/** The text of a policy of the page, which begins with its name. */
const policy = (name: string) =>
  blocksOfPage(PAGE).find(({ text }) => text.startsWith(`# ${name}:`))?.text ?? ''

/** A server with something, and one to bring it to. */
class Move implements AsyncDisposable {
  readonly source: CommandLine
  readonly target: CommandLine
  /** The token for this server, with the policy of the page. */
  token = ''

  private constructor(source: CommandLine, target: CommandLine) {
    this.source = source
    this.target = target
  }

  static async start(): Promise<Move> {
    const move = new Move(await commandLine(), await commandLine())
    const { source } = move
    await source.must('secrets enable ssh')
    await source.must('auth enable userpass')
    for (const name of ['web', 'db'])
      await source.must(
        `write ssh/roles/${name} key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8`,
      )
    await source.run(['write', 'auth/userpass/users/ann', 'password=-'], { input: 'correct horse' })
    await source.must('write identity/entity name=ann policies=default')
    return move
  }

  /** Writes the policy of the page, and gives a token with it. */
  async tokenAt(line: CommandLine, name: string): Promise<string> {
    await line.run(['policy', 'write', name, '-'], { input: policy(name) })
    return line.must(`token create -policy=${name} -field=token`)
  }

  /** Runs a command of the page. */
  run(text: string): Promise<Ended> {
    const words = text
      .trim()
      .replace('https://vault.example.com:8200', this.source.address)
      .replace('-from-token-file=token', `-from-token-file=${join(this.target.folder, 'token')}`)
      .replace(/ -from-ca=\S+/, '')
      .split(' ')
    return this.target.run(words.slice(1), { environment: { POSTERN_TOKEN: this.token } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source[Symbol.asyncDispose]()
    await this.target[Symbol.asyncDispose]()
  }
}

describe('Moving from Vault or OpenBao', () => {
  usePage(
    PAGE,
    [
      {
        block: '# import-source:',
        async use(move) {
          const file = join(move.target.folder, 'token')
          writeFileSync(file, await move.tokenAt(move.source, 'import-source'))
          chmodSync(file, 0o600)
        },
      },
      {
        block: '# import-target:',
        async use(move) {
          move.token = await move.tokenAt(move.target, 'import-target')
        },
      },
      {
        block: 'postern import -from=https://vault.example.com:8200',
        async use(move, text) {
          const { code, out, err } = await move.run(text)
          expect(code, err).to.equal(0)
          expect(out).to.match(/^\+ ssh\/roles\/web\n {6}cidr_list: 10\.0\.0\.0\/8$/m)
          expect(out).to.match(/^Nothing was changed\. With -apply, it is done\.$/m)
          expect(await move.target.must('secrets list')).to.not.include('ssh/')
        },
      },
      {
        block: 'postern import -from=https://vault.example.com:8200',
        async use(move, text) {
          const first = await move.run(text)
          expect(first.code, first.out + first.err).to.equal(0)
          expect(first.out).to.match(/^\d+ changes made\.$/m)
          expect(first.out).to.match(/passwords of 1 user of auth\/userpass\//)
          expect(await move.target.must('list ssh/roles')).to.equal('Keys\n----\ndb\nweb\n')
          const again = await move.run(text)
          expect(again.out).to.match(/^0 to create, 0 to change, \d+ the same\.$/m)
          expect(again.out).to.match(/^Nothing to do\.$/m)
        },
      },
      {
        block: 'postern export > main.tf',
        async use(move) {
          const token = await move.tokenAt(move.source, 'import-source')
          const environment = { POSTERN_TOKEN: token }
          const { code, out, err } = await move.source.run(['export'], { environment })
          expect(code, err).to.equal(0)
          expect(out).to.match(/^resource "vault_ssh_secret_backend_role" "ssh_web" \{$/m)
        },
      },
    ],
    Move.start,
  )
})
