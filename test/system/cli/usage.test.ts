import { createServer } from 'node:net'
import { expect } from 'chai'
import { allCommands } from '../../../engine/cli/commands.ts'
import { cases } from '../../support/cases.ts'
import { freePort } from '../../support/free-port.ts'
import { type CommandLine, commandLine } from './command-line.ts'

const COMMANDS = await allCommands()

describe('postern', () => {
  let line: CommandLine
  before(async () => {
    line = await commandLine()
  })
  after(() => line[Symbol.asyncDispose]())

  it('lists its commands', async () => {
    for (const words of [['-h'], ['help'], ['--help']]) {
      const { code, out } = await line.run(words)
      expect(code).to.equal(0)
      expect(
        COMMANDS.filter(({ name, summary }) => !out.includes(name) || !out.includes(summary)),
      ).to.deep.equal([])
    }
  })

  it('names all of them on one screen where nothing is asked for', async () => {
    const { code, out, err } = await line.run([])
    expect([code, out]).to.deep.equal([127, ''])
    const rows = err.split('\n')
    expect(rows.length).to.be.lessThan(50)
    expect(Math.max(...rows.map(row => row.length))).to.be.lessThan(90)
    const words = new Set(err.split(/[\s,]+/))
    for (const { name } of COMMANDS)
      expect(
        name.split(' ').filter(word => !words.has(word)),
        name,
      ).to.deep.equal([])
  })

  for (const { name } of cases(COMMANDS))
    it(`tells how to use ${name}, with an example`, async () => {
      const { code, out } = await line.run([...name.split(' '), '-help'])
      expect(code).to.equal(0)
      expect(out).to.match(new RegExp(`^Usage: postern ${name}.*\\n {6}\\$ .*postern ${name}`, 's'))
      expect(out.split('\n').filter(text => text.length > 90)).to.deep.equal([])
      expect(await line.run(['help', ...name.split(' ')])).to.deep.equal({ code, out, err: '' })
    })

  for (const [words, err] of [
    [['wrte', 'a'], 'there is no command "wrte": did you mean "postern write"?\n'],
    [
      ['token-create'],
      'there is no command "token-create": did you mean "postern token create"?\n',
    ],
    [['operatr'], 'there is no command "operatr": did you mean "postern operator"?\n'],
    [['seal'], 'there is no command "seal": did you mean "postern operator seal"?\n'],
    [['unseel'], 'there is no command "unseel": did you mean "postern operator unseal"?\n'],
    [
      ['revoke', 'x'],
      'there is no command "revoke": did you mean "postern certs revoke" or "postern token revoke" or "postern lease revoke"?\n',
    ],
    [['policies'], 'there is no command "policies": did you mean "postern policy list"?\n'],
    [['mount-tune'], 'there is no command "mount-tune": did you mean "postern secrets tune"?\n'],
    [
      ['key-status'],
      'there is no command "key-status": did you mean "postern operator key-status"?\n',
    ],
    [['whoami'], 'there is no command "whoami": did you mean "postern token lookup"?\n'],
    [
      ['sign'],
      'there is no command "sign": did you mean "postern write ssh/sign/ROLE public_key=@FILE.pub"?\n',
    ],
    [['events'], 'there is no command "events": "postern help" lists them\n'],
    [['frobnicate'], 'there is no command "frobnicate": "postern help" lists them\n'],
  ] as const)
    it(`says what was probably meant by ${words[0]}`, async () => {
      expect(await line.run(words)).to.deep.equal({ code: 127, out: '', err })
    })

  it('lists what a group has when the subcommand is missing', async () => {
    const unknown = await line.run(['secrets', 'enabel', 'ssh'])
    expect(unknown.err).to.match(
      /^there is no command "secrets enabel": did you mean "postern secrets enable"\?\n\nUsage: /,
    )
    const { code, err } = await line.run(['secrets'])
    expect(code).to.equal(1)
    expect(err).to.match(
      /^Usage: postern secrets <subcommand>.*secrets enable {2,}Mount a secrets engine\n/s,
    )
  })

  it('tells its version', async () => {
    for (const words of [['version'], ['-v'], ['--version']])
      expect(await line.run(words)).to.deep.equal({ code: 0, out: 'Postern v1.2.3\n', err: '' })
  })

  it('prints the status', async () => {
    const { code, out } = await line.run(['status'], { environment: { POSTERN_TOKEN: '' } })
    expect(code).to.equal(0)
    expect(out).to.match(
      /^Key {13}Value\n--- {13}-----\nSeal Type {7}\w+\nInitialized {5}true\nSealed {10}false\n.*HA Enabled {6}false\n$/s,
    )
    expect(await line.must('status -field=sealed')).to.equal('false')
    expect(JSON.parse(await line.must('status -format=json'))).to.include({
      sealed: false,
      ha_enabled: false,
    })
  })

  it('says what to do where no server is', async () => {
    const port = await freePort()
    const environment = { POSTERN_ADDR: `http://127.0.0.1:${port}` }
    const err = `no answer from http://127.0.0.1:${port}: connection refused

Is the server running? "postern server -dev" starts one for experiments. To use another server, set POSTERN_ADDR, VAULT_ADDR or -address.
`
    expect(await line.run(['status'], { environment })).to.deep.equal({
      code: 1,
      out: '',
      err: `Error checking seal status: ${err}`,
    })
    expect(await line.run(['read', 'a'], { environment })).to.deep.equal({
      code: 2,
      out: '',
      err: `Error reading a: ${err}`,
    })
  })

  it('says what to do where a server speaks no TLS', async () => {
    const address = line.address.replace('http:', 'https:')
    const { code, err } = await line.run(['read', 'a', `-address=${address}`])
    expect(code).to.equal(2)
    expect(err).to.equal(
      `Error reading a: no answer from ${address}: the server does not speak TLS\n\nFor a server without TLS, such as "postern server -dev", set POSTERN_ADDR=${line.address}.\n`,
    )
  })

  it('gives up on a server that says nothing', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    try {
      await new Promise(resolve => silent.once('listening', resolve))
      const { port } = silent.address() as { port: number }
      const { code, err } = await line.run(['read', 'a'], {
        environment: { POSTERN_ADDR: `http://127.0.0.1:${port}`, VAULT_CLIENT_TIMEOUT: '1s' },
      })
      expect(code).to.equal(2)
      expect(err).to.match(/nothing came within 1s/)
    } finally {
      silent.close()
    }
  })
})
