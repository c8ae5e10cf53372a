import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LICENSES } from '../../shared/license-texts.ts'
import { PACKAGED, type PackagedFile, packagedFile } from '../../shared/packaged-file.ts'
import { bundle, WORKERS } from './bundle.ts'
import { executable } from './executable.ts'
import { licenses } from './licenses.ts'

const root = join(import.meta.dirname, '../..')

/** Node's flags in all programs; the environment and the command line cannot change them. */
const FLAGS = [
  // SIGUSR1 would start Node's debugger, which every local user can reach
  '--disable-sigusr1',
  // a configuration of OpenSSL could load code
  '--openssl-config=/dev/null',
]

// the helper trusts only the CA in its configuration: without Node's own root certificates a login is 4 ms faster
const HELPER_FLAGS = [...FLAGS, '--use-openssl-ca']

interface Sources {
  readonly entry: string
  readonly flags: readonly string[]
  readonly workers: Readonly<Record<string, string>>
  /** Files of packaging/ that the program brings with it. */
  readonly files: readonly PackagedFile[]
}

/** The programs, by the names of their files. */
const PROGRAMS = {
  postern: { entry: 'engine/main.ts', flags: FLAGS, workers: WORKERS, files: PACKAGED },
  helper: { entry: 'helper/main.ts', flags: HELPER_FLAGS, workers: {}, files: [] },
  // for hosts that allow no writable and executable memory: docs/hosts.md
  'helper-jitless': {
    entry: 'helper/main.ts',
    flags: [...HELPER_FLAGS, '--jitless'],
    workers: {},
    files: [],
  },
} as const satisfies Readonly<Record<string, Sources>>

interface Made {
  readonly result: 'built' | 'unchanged'
  /** Directories of the packages in it. */
  readonly packages: readonly string[]
}

/**
 * Builds one program into `folder`, unless it is up to date. The same sources give the same bytes, whatever the folder, the machine and
 * the time.
 * @param node the Node that is put into it; may be of another processor
 */
export async function makeProgram(
  name: keyof typeof PROGRAMS,
  folder: string,
  node = process.execPath,
): Promise<Made> {
  const { entry, flags, workers, files } = PROGRAMS[name]
  mkdirSync(folder, { recursive: true })
  const { script, packages } = await bundle(join(root, entry), { workers })
  const brought = files.map(file => [file, packagedFile(file)])
  const assets = { [LICENSES]: licenses(packages), ...Object.fromEntries(brought) }
  const result = executable({ file: join(folder, name), script, flags, assets }, node)
  return { result, packages }
}
