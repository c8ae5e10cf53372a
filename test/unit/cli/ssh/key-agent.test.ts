import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { KeyAgent } from '../../../../engine/cli/ssh/key-agent.ts'
import { parsePrivateKey } from '../../../../engine/openssh/parse-private-key.ts'
import { WireWriter } from '../../../../engine/openssh/wire.ts'
import { Keygen, type MadeKey } from '../../../support/keygen.ts'

const SESSION_BIND = 'session-bind@openssh.com'

describe('The agent of a login', () => {
  const keygen = new Keygen()
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-agent-'))
  })
  after(() => {
    keygen[Symbol.dispose]()
    rmSync(folder, { recursive: true })
  })

  const socket = () => join(folder, 'agent')
  const environment = () => ({ ...process.env, SSH_AUTH_SOCK: socket() })

  const read = ({ file }: MadeKey) =>
    parsePrivateKey({ pem: keygen.read(file), passphrase: undefined }, 'test')

  const open = async (key: MadeKey) => KeyAgent.open(await read(key), socket())

  /** What it answers to messages on one connection, until it closes. */
  async function answers(...messages: readonly Buffer[]): Promise<Buffer> {
    const client = connect(socket())
    const chunks: Buffer[] = []
    client.on('data', chunk => chunks.push(chunk))
    client.on('error', () => undefined)
    client.end(Buffer.concat(messages))
    await once(client, 'close')
    return Buffer.concat(chunks)
  }

  const message = (body: Buffer) => new WireWriter().string(body).bytes()

  const bind = (forwarded: number) =>
    message(
      new WireWriter()
        .byte(27)
        .string(SESSION_BIND)
        .string('key')
        .string('session')
        .string('signature')
        .byte(forwarded)
        .bytes(),
    )

  const LIST = message(Buffer.of(11))
  const FAILURE = message(Buffer.of(5))

  for (const words of [
    ['-t', 'ed25519'],
    ['-t', 'rsa', '-b', '2048'],
    ['-t', 'ecdsa', '-b', '256'],
    ['-t', 'ecdsa', '-b', '521'],
  ])
    it(`signs with a key made by ssh-keygen ${words.join(' ')}`, async () => {
      const key = keygen.key(...words)
      using _ = await open(key)
      const listed = await promisify(execFile)('ssh-add', ['-L'], { env: environment() })
      expect(listed.stdout.split(' ').slice(0, 2).join(' ')).to.equal(
        key.line.split(' ').slice(0, 2).join(' '),
      )
      const public_ = keygen.write('only.pub', key.line)
      const text = keygen.write('text', 'words')
      rmSync(`${text}.sig`, { force: true })
      const sign = ['-Y', 'sign', '-n', 'x', '-f', public_, text]
      await promisify(execFile)('ssh-keygen', sign, { env: environment() })
      const verify = ['-Y', 'check-novalidate', '-n', 'x', '-s', `${text}.sig`]
      expect(spawnSync('ssh-keygen', verify, { input: 'words' }).status).to.equal(0)
    })

  it('answers with a failure what it does not know, and goes on', async () => {
    using _ = await open(keygen.key('-t', 'ed25519'))
    const other = message(new WireWriter().byte(13).string('other').string('x').uint32(0).bytes())
    const got = await answers(message(Buffer.of(1)), other, bind(0))
    expect(got.equals(Buffer.concat([FAILURE, FAILURE, FAILURE]))).to.equal(true)
    expect((await answers(LIST))[4]).to.equal(12)
  })

  it('says nothing to a host that it is forwarded to', async () => {
    using _ = await open(keygen.key('-t', 'ed25519'))
    expect((await answers(bind(1), LIST)).length).to.equal(0)
  })

  for (const [what, bytes] of [
    ['too long', Buffer.from('ffffffff00', 'hex')],
    ['empty', Buffer.alloc(4)],
    ['cut short', message(new WireWriter().byte(13).uint32(99).bytes())],
  ] as const)
    it(`hangs up on a message that is ${what}`, async () => {
      using _ = await open(keygen.key('-t', 'ed25519'))
      expect((await answers(bytes, LIST)).length).to.equal(0)
      expect((await answers(LIST))[4]).to.equal(12)
    })

  it('is a sentence where its place is taken', async () => {
    const taken = join(folder, 'taken')
    writeFileSync(taken, '')
    const opened = KeyAgent.open(await read(keygen.key('-t', 'ed25519')), taken)
    await opened.then(
      () => expect.fail('it listens'),
      error => expect(error.message).to.match(/^failed to listen for ssh: listen EADDRINUSE/),
    )
  })
})
