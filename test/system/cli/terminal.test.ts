import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { atTerminal, requireTerminal } from './at-terminal.ts'
import { type CommandLine, commandLine, MAIN } from './command-line.ts'

describe('postern at a terminal', () => {
  let line: CommandLine
  before(requireTerminal)
  beforeEach(async () => {
    line = await commandLine()
    await line.must('secrets enable ssh')
    await line.must('write ssh/roles/web key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
  })
  afterEach(() => line[Symbol.asyncDispose]())

  /** Types `answer` at a terminal as soon as it shows `question`. Gives all that it showed. */
  const type = (
    words: readonly string[],
    question: string,
    answer: string,
    environment: Readonly<Record<string, string>> = {},
    redirection = '',
    before: readonly string[] = [],
  ) =>
    atTerminal([[question, answer]], {
      words: [...before, process.execPath, MAIN, ...words],
      environment: { ...line.environment, ...environment },
      redirection,
    })

  const NOBODY = { POSTERN_TOKEN: '' }

  it('asks for a token, and does not show it', async () => {
    const { code, shown } = await type(['login', '-no-print'], 'hidden): ', 'rooo\u007ft\r', NOBODY)
    expect([code, shown]).to.deep.equal([0, 'Token (will be hidden): \n'])
    expect(readFileSync(join(line.folder, '.vault-token'), 'utf8')).to.equal('root')
  })

  it('asks at the terminal that stdin is, where it has none of its own', async () => {
    const setsid = ['setsid', '--wait']
    const words = ['login', '-no-print']
    const { code, shown } = await type(words, 'hidden): ', 'root\r', NOBODY, '', setsid)
    expect([code, shown]).to.deep.equal([0, 'Token (will be hidden): \n'])
  })

  it('asks no further when the person gives up', async () => {
    const { code } = await type(['login'], 'hidden): ', 'ro\u0003', NOBODY)
    expect(code).to.equal(1)
    expect(existsSync(join(line.folder, '.vault-token'))).to.equal(false)
  })

  it('asks for no credential when none of several roles is chosen', async () => {
    await line.must('write ssh/roles/db key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    const question = 'Role, by number or name: '
    const { code, shown } = await atTerminal(
      [
        [question, 'yes\r'],
        [question, '\u0004'],
      ],
      {
        words: [process.execPath, MAIN, 'ssh', '-ssh-executable=/bin/false', 'ubuntu@10.1.2.3'],
        environment: line.environment,
      },
    )
    expect(code).to.equal(1)
    expect(shown).to.include('"yes" is none of them.\n')
    expect(shown).to.match(/No role was chosen\. Name one with -role, such as -role=db\.\n$/)
    expect((await line.run(['list', 'sys/leases/lookup/ssh/creds/web'])).code).to.equal(2)
  })

  it('prints a field with an end of line', async () => {
    const { shown } = await type(['read', '-field=port', 'ssh/roles/web'], 'never', '')
    expect(shown).to.equal('22\n')
  })

  it('shows there what cannot be had again and could not be written', async () => {
    const words = ['token', 'create', '-policy=default']
    const { code, shown } = await type(words, 'never', '', {}, '> /dev/full 2> /dev/null')
    expect(code).to.equal(1)
    expect(shown).to.match(/^stdout: no space left on device\nThis could not be written/)
    expect(shown).to.match(/^token +\S+$/m)
  })

  it('shows what would steer it, and writes it as it is where a program reads', async () => {
    await line.run(['policy', 'write', 'odd', '-'], { input: '# \u001b]0;x\u0007\u009b2J\u202e' })
    const words = ['policy', 'read', 'odd']
    expect((await type(words, 'never', '')).shown).to.equal('# \\x1b]0;x\\x07\\x9b2J\\u202e\n')
    expect(await line.must('policy read odd')).to.equal('# \u001b]0;x\u0007\u009b2J\u202e\n')
    expect(await line.must('policy read -format=json odd')).to.include(
      '# \\u001b]0;x\\u0007\\u009b2J\\u202e',
    )
  })

  it('asks which of several roles to log in with, and remembers it for the host', async () => {
    await line.must('write ssh/roles/db key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    const program = join(line.folder, 'ssh')
    writeFileSync(program, '#!/bin/sh\nexit 255\n')
    chmodSync(program, 0o755)
    const words = ['ssh', '-no-exec', '-field=username', `-ssh-executable=${program}`]
    const login = [...words, 'ubuntu@10.1.2.3']
    const asked = await type(login, 'name: ', 'db\r')
    expect(asked.code, asked.shown).to.equal(0)
    expect(asked.shown).to.match(/^ {2}1 {2}db {3}one-time password\n {2}2 {2}web /m)
    const file = join(line.folder, '.local/state/postern/roles.json')
    expect(Object.values(JSON.parse(readFileSync(file, 'utf8')))).to.deep.equal(['db'])
    expect((await type(login, 'name: ', '2\r')).shown).to.equal('ubuntu\n')
    const again = await type([...words, '-choose', 'ubuntu@10.1.2.3'], 'name: ', '2\r')
    expect(again.code, again.shown).to.equal(0)
    expect(Object.values(JSON.parse(readFileSync(file, 'utf8')))).to.deep.equal(['web'])
  }).timeout(60_000)

  for (const [question, answer, shown] of [
    ['Are you sure you want to continue connecting (yes/no/[fingerprint])? ', 'yes', 'yes'],
    ['(ubuntu@jump.example) Password: ', 'hunter2', ''],
  ] as const)
    it(`puts the question of ssh to the person: ${question}`, async () => {
      const [program, answers] = [join(line.folder, 'ssh'), join(line.folder, 'answers')]
      writeFileSync(
        program,
        `#!/bin/sh\ncase $1 in -G|-V) exit 255 ;; esac\n"$SSH_ASKPASS" "${question}" > ${answers}\n`,
      )
      chmodSync(program, 0o755)
      const words = ['ssh', '-role=web', `-ssh-executable=${program}`, 'ubuntu@10.1.2.3']
      expect(await type(words, question, `${answer}\r`)).to.deep.equal({
        code: 0,
        shown: `${question}${shown}\n`,
      })
      expect(readFileSync(answers, 'utf8')).to.equal(`${answer}\n`)
    })

  it('asks nothing where the configuration of ssh says BatchMode', async () => {
    await line.must('write ssh/roles/db key_type=otp default_user=ubuntu cidr_list=10.0.0.0/8')
    const program = join(line.folder, 'ssh')
    const plan = 'hostname 10.1.2.3\\nuser ubuntu\\nport 22\\nbatchmode yes\\n'
    writeFileSync(
      program,
      `#!/bin/sh\ncase $1 in -V) exit 255 ;; -G) printf '${plan}'; exit ;; esac\n"$SSH_ASKPASS" "Trust it (yes/no)? " || echo refused\n`,
    )
    chmodSync(program, 0o755)
    const words = ['ssh', `-ssh-executable=${program}`]
    const several = await type([...words, 'ubuntu@10.1.2.3'], 'name: ', '1\r')
    expect(several.code).to.equal(1)
    expect(several.shown).to.match(/^Multiple roles are registered for this IP/)
    const login = await type([...words, '-role=web', 'ubuntu@10.1.2.3'], '(yes/no)? ', 'yes\r')
    expect(login.shown).to.equal('refused\n')
  }).timeout(30_000)

  it('asks no further once the ssh that asked was killed', async () => {
    const program = join(line.folder, 'ssh')
    const asking = '"$SSH_ASKPASS" "Trust it (yes/no)? " >"$HOME/answer" & echo $! >"$HOME/asking"'
    writeFileSync(
      program,
      `#!/bin/sh\ncase $1 in -G|-V) exit 255 ;; esac\n${asking}\nread -r go\nexit 255\n`,
    )
    chmodSync(program, 0o755)
    const words = ['ssh', '-role=web', `-ssh-executable=${program}`, 'ubuntu@10.1.2.3']
    const waiting =
      'for n in $(seq 100); do kill -0 $(cat "$HOME/asking") 2>/dev/null || break; sleep 0.1; done; echo gone by $n'
    const { shown } = await type(words, '(yes/no)? ', '', {}, `< /dev/null; ${waiting}`)
    expect(shown).to.match(/gone by [1-9]?\d$/m)
  }).timeout(30_000)
})
