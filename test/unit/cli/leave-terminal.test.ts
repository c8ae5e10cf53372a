import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'

const SOURCE = join(import.meta.dirname, '../../../engine/cli/leave-terminal.ts')

/** Changes the modes of the terminal while a program is in the background, and prints them when it has ended. */
const SHELL = `set -m
"$NODE" "$1" & until [ -e "$1.started" ]; do sleep 0.02; done
stty -echo; touch "$1.go"; wait; stty -a; stty echo`

describe('leaveTerminal', function () {
  this.timeout(30_000)

  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-modes-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Whether the terminal echoes when a program that has been in the background is gone. */
  function echoes(beginning: string): boolean {
    const program = join(folder, 'program.ts')
    writeFileSync(
      program,
      `import { existsSync, writeFileSync } from 'node:fs'
${beginning}
const own = import.meta.filename
writeFileSync(own + '.started', '')
const timer = setInterval(() => existsSync(own + '.go') && clearInterval(timer), 20)
`,
    )
    const shell = join(folder, 'shell')
    writeFileSync(shell, SHELL)
    const shown = execFileSync('script', ['-qec', `bash ${shell} ${program}`, '/dev/null'], {
      env: { PATH: process.env.PATH, NODE: process.execPath, TERM: 'dumb' },
      encoding: 'utf8',
    })
    return / echo /.test(shown)
  }

  it('keeps a program in the background from changing the modes of the terminal', () => {
    expect(echoes('')).to.equal(true)
    const own = `import { leaveTerminal } from ${JSON.stringify(SOURCE)}\nprocess.on('exit', leaveTerminal)`
    expect(echoes(own)).to.equal(false)
  })
})
