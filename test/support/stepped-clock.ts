import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A wall clock that a test steps while a program runs, without touching the machine's. The monotonic clock goes on as it is.
 * With Debian's libfaketime, which `test/support/prepare` installs.
 */
export class SteppedClock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-clock-'))
  readonly #file = join(this.#folder, 'offset')

  /** Variables for a program that may be started with `LD_PRELOAD`. */
  readonly env: Readonly<Record<string, string>>

  /** What stands before a program that refuses `LD_PRELOAD`; it needs {@link quietEnv}, too. */
  readonly command: readonly string[]

  /** The variables of {@link env} without `LD_PRELOAD`. */
  readonly quietEnv: Readonly<Record<string, string>>

  constructor() {
    this.step(0)
    const library = fakeTimeLibrary()
    this.quietEnv = {
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
    this.env = { ...this.quietEnv, LD_PRELOAD: library }
    this.command = [loader(), '--preload', library]
  }

  /** Makes the programs' wall clock so many seconds later than the machine's, at once. */
  step(seconds: number): void {
    // the programs read it each time they look at the clock, and must not find it empty
    writeFileSync(`${this.#file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    renameSync(`${this.#file}.new`, this.#file)
  }

  /** A shell script that runs a program with a clock which is off by what a file on its machine says, such as `+1h`. */
  static script(program: string, offsetFile: string): string {
    const settings = 'FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1'
    const preloaded = `${loader()} --preload ${libraryOf('faketime/libfaketimeMT.so.1')} ${program}`
    return `#!/bin/sh\nexport FAKETIME="$(cat ${offsetFile})" ${settings}\nexec ${preloaded} "$@"\n`
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }
}

/** Debian's libfaketime, of this machine. */
export const fakeTimeLibrary = (): string => libraryOf('faketime/libfaketimeMT.so.1')

function libraryOf(name: string): string {
  const folders = readdirSync('/usr/lib').map(each => join('/usr/lib', each))
  const found = ['/usr/lib64', ...folders].map(each => join(each, name)).find(existsSync)
  if (found === undefined) throw new Error(`${name} is not there: run test/support/prepare --hosts`)
  return found
}

/** The dynamic loader of this machine, which can preload a library without a variable. */
function loader(): string {
  const found = [
    '/lib64/ld-linux-x86-64.so.2',
    '/lib/ld-linux-aarch64.so.1',
    '/lib64/ld-linux-aarch64.so.1',
  ].find(existsSync)
  if (found === undefined) throw new Error('no dynamic loader of a known name')
  return found
}
