import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { withNote } from './elf.ts'

// what Node looks for when it starts: the note that holds its script, and the mark that says that there is one
const NOTE = 'NODE_SEA_BLOB'
const MARK = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:'

const PIECE = 64 * 1024

interface Program {
  readonly file: string
  /** CommonJS. */
  readonly script: string
  /** Node's flags. NODE_OPTIONS and the command line cannot add to them. */
  readonly flags: readonly string[]
}

/** Puts `script` into a copy of the Node that is running. Leaves a file alone that was made of the same parts. */
export function executable({ file, script, flags }: Program): 'built' | 'unchanged' {
  const stamp = join(dirname(file), `.${basename(file)}.made-of`)
  const parts = createHash('sha256')
    .update(JSON.stringify([script, flags, process.version, process.execPath]))
    .digest('hex')
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === parts)
    return 'unchanged'

  const program = withNote(readFileSync(process.execPath), NOTE, blob(script, flags))
  const mark = program.indexOf(`${MARK}0`)
  if (mark < 0) throw new Error(`${process.execPath} cannot be made a single executable`)
  program.write('1', mark + MARK.length)
  // renamed into place, so that a login in this moment runs the old one or the new one
  writeInPieces(`${file}.draft`, program)
  renameSync(`${file}.draft`, file)
  writeFileSync(stamp, parts)
  return 'built'
}

/**
 * Writes a program in small pieces. What is written at once the kernel keeps in large pages, and each of them counts as a whole
 * for every process that touches a byte of it: 20 MiB more for each login.
 */
function writeInPieces(path: string, program: Buffer): void {
  rmSync(path, { force: true })
  const file = openSync(path, 'wx', 0o755)
  for (let at = 0; at < program.length; )
    at += writeSync(file, program, at, Math.min(PIECE, program.length - at))
  closeSync(file)
}

/** What Node makes of the script and its flags, to be read by a copy of it when that starts. */
function blob(script: string, flags: readonly string[]): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'postern-build-'))
  try {
    const [main, output, config] = [join(dir, 'main.cjs'), join(dir, 'blob'), join(dir, 'config')]
    writeFileSync(main, script)
    writeFileSync(
      config,
      JSON.stringify({
        main,
        output,
        disableExperimentalSEAWarning: true,
        execArgv: flags,
        execArgvExtension: 'none',
        useCodeCache: true,
      }),
    )
    execFileSync(process.execPath, ['--experimental-sea-config', config], { stdio: 'pipe' })
    return readFileSync(output)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
