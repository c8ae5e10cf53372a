import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENGINE, ENGINE_CACHE } from '../../engine/load-engine.ts'
import { PAGE_ASSETS } from '../../engine/page-files.ts'
import { COMMANDS } from '../../helper/load-commands.ts'
import { MAIN_ASSET } from '../../helper/main-asset.ts'
import { LICENSES } from '../../shared/license-texts.ts'
import { PACKAGED, type PackagedFile, packagedFile } from '../../shared/packaged-file.ts'
import { bundle, WORKERS } from './bundle.ts'
import { codeCache } from './code-cache.ts'
import { architectureOf } from './elf.ts'
import { executable } from './executable.ts'
import { licenses } from './licenses.ts'
import { bundlePage } from './page.ts'

const root = join(import.meta.dirname, '../..')

/** Node's flags in all programs; the environment and the command line cannot change them. */
const FLAGS = [
  // SIGUSR1 would start Node's debugger, which every local user can reach
  '--disable-sigusr1',
  // a configuration of OpenSSL could load code
  '--openssl-config=/dev/null',
]

// a quarter less memory under load than with the default of 16 MiB, for 3 % more processor time at 256 clients and none at 32
const ENGINE_FLAGS = [...FLAGS, '--max-semi-space-size=8']

// the helper trusts only the CA in its configuration: without Node's own root certificates a login is 4 ms faster
const HELPER_FLAGS = [...FLAGS, '--use-openssl-ca']

interface Apart {
  readonly entry: string
  /** The name of the script among the assets. */
  readonly asset: string
  /** Its code cache, by its name among them; without, it has none. */
  readonly cache?: { readonly asset: string; readonly compiles: 'all' | 'first' }
  /** The constant that says that it is one. */
  readonly constant?: string
}

interface Sources {
  readonly entry: string
  readonly flags: readonly string[]
  readonly workers: Readonly<Record<string, string>>
  /** What are scripts of their own, which are read only when they are needed. */
  readonly apart: readonly Apart[]
  /** Files of packaging/ that the program brings with it. */
  readonly files: readonly PackagedFile[]
  /** Whether it serves the page. */
  readonly hasPage: boolean
}

const HELPER = {
  entry: 'helper/start.ts',
  apart: [
    {
      entry: 'helper/main.ts',
      asset: MAIN_ASSET.script,
      cache: { asset: MAIN_ASSET.cache, compiles: 'all' },
    },
    {
      entry: 'helper/commands/run-command.ts',
      asset: COMMANDS,
      constant: 'POSTERN_COMMANDS',
    },
  ],
  workers: {},
  files: [],
  hasPage: false,
} as const

/** The programs, by the names of their files. */
const PROGRAMS = {
  postern: {
    entry: 'engine/main.ts',
    apart: [
      {
        entry: 'engine/process/run-engine.ts',
        asset: ENGINE,
        cache: { asset: ENGINE_CACHE, compiles: 'first' },
        constant: 'POSTERN_ENGINE',
      },
    ],
    flags: ENGINE_FLAGS,
    workers: WORKERS,
    files: PACKAGED,
    hasPage: true,
  },
  helper: { ...HELPER, flags: HELPER_FLAGS },
  // for hosts that allow no writable and executable memory: docs/hosts.md
  'helper-jitless': { ...HELPER, flags: [...HELPER_FLAGS, '--jitless'] },
} as const satisfies Readonly<Record<string, Sources>>

export type ProgramName = keyof typeof PROGRAMS

interface Scripts {
  readonly main: string
  /** What are scripts of their own, by the names of their assets. */
  readonly apart: Readonly<Record<string, string>>
  /** The files of the page, by name. */
  readonly page: Readonly<Record<string, Buffer>>
  /** Directories of the packages in all of these. */
  readonly packages: readonly string[]
}

/** What a program consists of besides Node. */
export async function scriptsOf(name: ProgramName): Promise<Scripts> {
  const { entry, workers, apart, hasPage }: Sources = PROGRAMS[name]
  const constants = Object.fromEntries(
    apart.flatMap(({ constant }) => (constant === undefined ? [] : [[constant, 'true']])),
  )
  const made = (file: string) => bundle(join(root, file), { workers, constants })
  const main = await made(entry)
  const others = await Promise.all(apart.map(each => made(each.entry)))
  const page = hasPage ? await bundlePage() : { files: {}, packages: [] }
  const packages = [main, ...others, page].flatMap(each => each.packages)
  return {
    main: main.script,
    apart: Object.fromEntries(apart.map(({ asset }, at) => [asset, others[at]?.script ?? ''])),
    page: page.files,
    packages: [...new Set(packages)].sort(),
  }
}

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
  name: ProgramName,
  folder: string,
  node = process.execPath,
): Promise<Made> {
  const { flags, files, apart }: Sources = PROGRAMS[name]
  mkdirSync(folder, { recursive: true })
  const { main, apart: scripts, page, packages } = await scriptsOf(name)
  // V8 accepts a code cache only on the processor that it was made on
  const isOwn = architectureOf(readFileSync(node)) === process.arch
  const caches = apart.flatMap(({ asset, cache }) =>
    cache && isOwn
      ? [[cache.asset, codeCache(scripts[asset] ?? '', asset, { flags, ...cache })] as const]
      : [],
  )
  const brought = files.map(file => [file, packagedFile(file)])
  const assets = {
    [LICENSES]: licenses(packages),
    ...scripts,
    ...Object.fromEntries(caches),
    ...Object.fromEntries(brought),
    ...Object.fromEntries(Object.entries(page).map(([name, file]) => [PAGE_ASSETS + name, file])),
  }
  const result = executable({ file: join(folder, name), script: main, flags, assets }, node)
  return { result, packages }
}
