import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const DEMO = join(import.meta.dirname, 'demo.ts')

interface Shown {
  readonly code: number | null
  readonly output: string
  /** Names of the files in its temporary folder. */
  readonly left: readonly string[]
  /** Command lines of the processes that it has left. */
  readonly running: readonly string[]
}

/** Runs the demo to its end, with a folder for temporary files of its own, and interrupts it when it has said `until`. */
async function show(until?: RegExp, environment = {}): Promise<Shown> {
  const temporary = mkdtempSync(join(tmpdir(), 'postern-demo-'))
  try {
    const env = { ...process.env, TMPDIR: temporary, ...environment }
    // a group of its own, all of which gets what a terminal sends
    const child = spawn(process.execPath, [DEMO], { env, stdio: 'pipe', detached: true })
    let [output, interrupted] = ['', false]
    const hear = (text: Buffer) => {
      output += text
      if (interrupted || !until?.test(output)) return
      interrupted = true
      process.kill(-(child.pid as number), 'SIGINT')
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    const code = await new Promise<number | null>(resolve => child.on('close', resolve))
    return { code, output, left: readdirSync(temporary), running: processesWith(temporary) }
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

/** The processes that were started with this folder for their temporary files, or that name it. */
const processesWith = (folder: string): readonly string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid =>
      [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`].some(file => textOf(file).includes(folder)),
    )
    .map(pid => textOf(`/proc/${pid}/cmdline`))

/** Nothing, where it may not be read or is no longer there. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** A digest of the names and texts of all files in the folders that a login depends on. */
function machine(): string {
  const hash = createHash('sha256')
  for (const folder of ['/etc/pam.d', '/etc/ssh', '/etc/postern'])
    for (const file of filesUnder(folder)) hash.update(`${file}\n`).update(textOf(file))
  return hash.update(textOf('/etc/passwd')).update(readlinkSync('/proc/self/ns/net')).digest('hex')
}

function filesUnder(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map(file => join(folder, file))
      .sort()
  } catch {
    return []
  }
}

describe('The demo', function () {
  this.timeout(60_000)

  const before = machine()
  const nothing = { left: [], running: [] }
  afterEach('leaves the machine as it was', () => expect(machine()).to.equal(before))

  it('shows a login, and that its password does not work twice', async () => {
    const { code, output, ...rest } = await show()
    expect({ code, ...rest }, output).to.deep.equal({ code: 0, ...nothing })
    expect(output).to.match(/^ *\d+\.\ds {2}authenticated$/m)
    expect(output).to.match(/the helper's log says: decision=denied .*reason=/)
    expect(output.indexOf('authenticated')).to.be.lessThan(output.indexOf('refused: '))
    expect(output).to.match(/nothing is left\n$/)
  })

  for (const [what, until] of [
    ['has its engine', /started the engine/],
    ['has a host', /started the host/],
    ['has issued a password', /issued a one-time password/],
    ['has let somebody in', /authenticated/],
  ] as const)
    it(`leaves nothing when it is interrupted after it ${what}`, async () => {
      const { code, output, ...rest } = await show(until)
      expect({ code, ...rest }, output).to.deep.equal({ code: 1, ...nothing })
      expect(output).to.contain('the demo failed: interrupted by SIGINT')
    })

  it('leaves nothing when it fails', async () => {
    // without a place to look for programs there is no lab
    const { code, output, ...rest } = await show(undefined, { PATH: '/nowhere' })
    expect({ code, ...rest }, output).to.deep.equal({ code: 1, ...nothing })
    expect(output).to.contain('the demo failed: ')
  })
})
