import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fchmodSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { architectureOf, withNote } from './elf.ts'

// what Node looks for at its start: the note with its script, and the mark that says whether there is one
const NOTE = 'NODE_SEA_BLOB'
const MARK = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:'

const PIECE = 64 * 1024

const MODE = 0o755

interface Program {
  readonly file: string
  /** CommonJS. */
  readonly script: string
  /** Node's flags. NODE_OPTIONS and the command line cannot change them. */
  readonly flags: readonly string[]
  /** What the script can read with `node:sea`, by name. */
  readonly assets: Readonly<Record<string, string | Buffer>>
}

/** Puts `script` into a copy of `node`. Does nothing if the file was made from the same parts and has not changed since. */
export function executable(made: Program, node = process.execPath): 'built' | 'unchanged' {
  const { file } = made
  const stamp = join(dirname(file), `.${basename(file)}.made-of`)
  const runtime = readFileSync(node)
  const { file: _, ...parts } = made
  const source = digest(JSON.stringify([parts, digest(runtime), nodeFlags(made.flags)]))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === stampOf(source, file)) return 'unchanged'

  // V8 accepts a code cache only on the processor that it was made on
  const useCodeCache = architectureOf(runtime) === process.arch
  const program = withNote(runtime, NOTE, blob(made, useCodeCache))
  const mark = program.indexOf(`${MARK}0`)
  if (mark < 0) throw new Error(`${node} cannot be made a single executable`)
  program.write('1', mark + MARK.length)
  // replaced atomically, so that a login runs the old one or the new one
  writeInPieces(`${file}.draft`, program)
  renameSync(`${file}.draft`, file)
  writeFileSync(stamp, stampOf(source, file) ?? '')
  return 'built'
}

const digest = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')

/** The digests of a program's parts and of the program; undefined if it does not exist or cannot be run. */
function stampOf(source: string, file: string): string | undefined {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode
  return mode !== undefined && (mode & 0o777) === MODE
    ? `${source}\n${digest(readFileSync(file))}\n`
    : undefined
}

/**
 * Writes a program in small pieces. The kernel caches large writes in large pages, which count as a whole for every process that touches
 * a byte of them: 20 MiB more for each login.
 */
function writeInPieces(path: string, program: Buffer): void {
  rmSync(path, { force: true })
  const file = openSync(path, 'wx')
  // whatever the umask
  fchmodSync(file, MODE)
  for (let at = 0; at < program.length; )
    at += writeSync(file, program, at, Math.min(PIECE, program.length - at))
  closeSync(file)
}

/** Node's blob of the script, its flags and its assets. The names of its files have no directory, since the blob keeps that of the script. */
function blob({ script, flags, assets }: Omit<Program, 'file'>, useCodeCache: boolean): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'postern-build-'))
  try {
    const files = Object.keys(assets).map((name, index) => [name, `asset-${index}`])
    for (const [name = '', file = ''] of files) writeFileSync(join(dir, file), assets[name] ?? '')
    writeFileSync(join(dir, 'main.cjs'), script)
    writeFileSync(
      join(dir, 'config'),
      JSON.stringify({
        main: 'main.cjs',
        output: 'blob',
        disableExperimentalSEAWarning: true,
        execArgv: flags,
        execArgvExtension: 'none',
        useCodeCache,
        assets: Object.fromEntries(files),
      }),
    )
    execFileSync(process.execPath, [...nodeFlags(flags), '--experimental-sea-config', 'config'], {
      cwd: dir,
      stdio: 'pipe',
    })
    return readFileSync(join(dir, 'blob'))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Of the Node that makes the blob: V8 accepts a code cache only with the same flags, and without a seed each one has other bytes. */
export const nodeFlags = (flags: readonly string[]): readonly string[] => [
  ...flags.filter(flag => flag === '--jitless'),
  '--random-seed=1',
]
