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
import { withNote } from './elf.ts'

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
  /** Texts that the script can read with `node:sea`, by name. */
  readonly assets: Readonly<Record<string, string>>
}

/** Puts `script` into a copy of `node`. Does nothing if the file was made from the same parts and has not changed since. */
export function executable(made: Program, node = process.execPath): 'built' | 'unchanged' {
  const { file } = made
  const stamp = join(dirname(file), `.${basename(file)}.made-of`)
  const runtime = readFileSync(node)
  const { file: _, ...parts } = made
  const source = digest(JSON.stringify([parts, digest(runtime)]))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === stampOf(source, file)) return 'unchanged'

  const program = withNote(runtime, NOTE, blob(made))
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

/** Node's blob of the script, its flags and its assets. */
function blob({ script, flags, assets }: Omit<Program, 'file'>): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'postern-build-'))
  try {
    const [main, output, config] = [join(dir, 'main.cjs'), join(dir, 'blob'), join(dir, 'config')]
    writeFileSync(main, script)
    const files = Object.keys(assets).map((name, index) => [name, join(dir, `asset-${index}`)])
    for (const [name = '', path = ''] of files) writeFileSync(path, assets[name] ?? '')
    writeFileSync(
      config,
      JSON.stringify({
        main,
        output,
        disableExperimentalSEAWarning: true,
        execArgv: flags,
        execArgvExtension: 'none',
        useCodeCache: true,
        assets: Object.fromEntries(files),
      }),
    )
    // V8 accepts a code cache only with the same flags
    const own = flags.filter(flag => flag === '--jitless')
    const words = [...own, '--experimental-sea-config', config]
    execFileSync(process.execPath, words, { stdio: 'pipe' })
    return readFileSync(output)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
