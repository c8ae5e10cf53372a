import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'chai'
import { EXIT_CODES } from '../../../helper/exit-codes.ts'
import { Bed, type Ended, expectEnd, HERE, together } from '../../support/helper.ts'
import { reply } from '../../support/hostile.ts'
import { until } from '../../support/until.ts'

const POSTERN = join(import.meta.dirname, '../../../dist/postern')
const GOOD = reply(200, { data: { username: 'alice', ip: HERE, role_name: 'ops' } })

/** As sshd sends it at LoginGraceTime, or whoever wants to see what happens. */
const TOLD = ['TERM', 'HUP', 'INT', 'QUIT', 'ALRM', 'VTALRM', 'XCPU', 'USR2', 'IO', 'PWR'] as const
const NOTHING = ['USR1', 'PIPE', 'XFSZ', 'CHLD', 'URG', 'WINCH', 'CONT'] as const
const KILLED = [
  'KILL',
  'ABRT',
  'BUS',
  'FPE',
  'ILL',
  'SEGV',
  'SYS',
  'TRAP',
  'PROF',
  'STKFLT',
] as const

describe('Signals', function () {
  this.timeout(60_000)

  const bed = new Bed()
  let ends: ReadonlyMap<string, Ended>
  before(async () => {
    const cases = [...TOLD, ...NOTHING, ...KILLED].map(name => [name] as const)
    ends = await together(cases, async ([name]) => {
      let pid: number | undefined
      const isTold = (TOLD as readonly string[]).includes(name)
      // when the request has come, the helper waits; where the signal may change nothing, it gets its answer after it, and else none: a helper
      // that finds both at once might read the answer first
      await using engine = await bed.engine(socket => {
        if (pid !== undefined) process.kill(pid, `SIG${name}`)
        if (!isTold) setTimeout(() => socket.end(Buffer.from(GOOD, 'latin1')), 500)
        return undefined
      })
      const started = (id: number) => {
        pid = id
      }
      return await bed.run({ engines: [engine], settings: { deadline: '20s' }, started })
    })
  })
  after(() => bed[Symbol.dispose]())

  for (const name of TOLD)
    it(`${name} ends a login with a line`, () => {
      const ended = ends.get(name)!
      expectEnd(ended, 'deadline')
      expect(ended.log).to.match(
        new RegExp(`decision=denied end=deadline ms=\\d+ reason="cut off by SIG${name}" `),
      )
    })

  for (const name of NOTHING)
    it(`${name} changes nothing for a login`, () => {
      const ended = ends.get(name)!
      expectEnd(ended, 'allowed')
      expect(ended.stderr).to.not.contain('Debugger')
    })

  for (const name of KILLED)
    it(`${name} denies a login`, () => {
      const { code, signal, stdout } = ends.get(name)!
      expect([code, signal, stdout]).to.deep.equal([null, `SIG${name}`, ''])
      expect(EXIT_CODES.allowed.code).to.not.equal(code)
    })

  it('USR1 opens no debugger in the engine', async () => {
    const child = spawn(POSTERN, ['server', '-dev', '-dev-listen-address=127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', text => {
        output += text
      })
    try {
      await until(
        () => output.includes('server started'),
        () => output,
      )
      child.kill('SIGUSR1')
      // answered after the signal, by the same loop
      child.kill('SIGTERM')
      const [code] = await once(child, 'close')
      expect(code).to.equal(0)
      expect(output).to.not.contain('Debugger')
    } finally {
      child.kill('SIGKILL')
    }
  })
})
