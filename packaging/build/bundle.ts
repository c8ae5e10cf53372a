import { readFileSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(import.meta.dirname, '../..')

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const OWN_URL = join(import.meta.dirname, 'own-url.ts')

/** The engine's worker threads, by the names of the constants that hold their scripts. */
export const WORKERS = {
  POSTERN_SQLITE_WORKER: 'engine/storage/sqlite-worker.ts',
  POSTERN_PRIVATE_KEY_WORKER: 'engine/openssh/private-key-worker.ts',
  POSTERN_AUDIT_SEARCH_WORKER: 'engine/audit/search/search-worker.ts',
}

interface BundleOptions {
  /** Scripts of worker threads, by the names of the constants that hold them. */
  readonly workers?: Readonly<Record<string, string>>
  /** Other constants, as JavaScript writes them. */
  readonly constants?: Readonly<Record<string, string>>
  /** The directory from which everything must come; the repository's if left out. */
  readonly within?: string
  /** Makes a module in place of a CommonJS script, which begins with this. */
  readonly moduleStart?: string
}

interface Bundle {
  readonly script: string
  /** Directories of the packages in it. */
  readonly packages: readonly string[]
}

/**
 * Bundles `entry` and everything it imports, except Node's own modules, into one CommonJS script, which a single executable can run.
 * @throws if an import resolves to a file outside the directory
 */
export async function bundle(
  entry: string,
  { workers, constants, within, moduleStart }: BundleOptions = {},
): Promise<Bundle> {
  const made = await Promise.all(
    Object.entries(workers ?? {}).map(
      async ([name, file]) =>
        [name, await script(join(root, file), root, { constants: {} })] as const,
    ),
  )
  const texts = Object.fromEntries(made.map(([name, { script }]) => [name, JSON.stringify(script)]))
  const options = { constants: { ...texts, ...constants }, moduleStart }
  const main = await script(entry, within ?? root, options)
  const packages = [main, ...made.map(([, worker]) => worker)].flatMap(each => each.packages)
  return { script: main.script, packages: [...new Set(packages)].sort() }
}

/** Of yargs only its parser is called; the rest reads files when it is loaded, which takes a command 5 ms. */
const PARSER_ALONE: Plugin = {
  name: 'parser alone',
  setup(build) {
    build.onResolve({ filter: /\/platform-shims\// }, ({ path, importer, resolveDir }) =>
      importer.includes('/node_modules/yargs/')
        ? { path: join(resolveDir, path), sideEffects: false }
        : undefined,
    )
  },
}

/** The parser of TOML is loaded when it is called: most logins read their file without it, and would take 0.5 ms to load it. */
const LAZY_TOML: Plugin = {
  name: 'lazy toml',
  setup(build) {
    build.onResolve({ filter: /^toml$/ }, ({ importer, resolveDir }) =>
      importer.endsWith('.ts')
        ? { path: 'toml', namespace: 'lazy', pluginData: resolveDir }
        : undefined,
    )
    build.onLoad({ filter: /^toml$/, namespace: 'lazy' }, ({ pluginData: resolveDir }) => ({
      contents: "exports.parse = text => require('toml').parse(text)",
      resolveDir,
    }))
  },
}

type Start = { readonly moduleStart?: string | undefined }

// packages that read their own URL get that of the program
const AS_SCRIPT = {
  format: 'cjs' as const,
  inject: [OWN_URL],
  // import() of Node's own modules would start the loader of modules
  supported: { 'dynamic-import': false },
}

const asModule = (start: string) => ({ format: 'esm' as const, banner: { js: start }, inject: [] })

async function script(
  entry: string,
  within: string,
  { constants, moduleStart }: Pick<Required<BundleOptions>, 'constants'> & Start,
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: within,
    metafile: true,
    bundle: true,
    write: false,
    platform: 'node',
    ...(moduleStart === undefined ? AS_SCRIPT : asModule(moduleStart)),
    target: 'node24',
    minify: true,
    legalComments: 'none',
    // optional native code of ssh2 and pg
    external: ['cpu-features', 'pg-native', '*.node'],
    define: {
      ...constants,
      POSTERN_VERSION: JSON.stringify(manifest.version),
      ...(moduleStart === undefined && { 'import.meta.url': 'ownUrl' }),
    },
    plugins: [PARSER_ALONE, LAZY_TOML],
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  })
  const files = Object.keys(metafile.inputs)
  requireWithin(within, files)
  return { script: outputFiles[0]?.text ?? '', packages: packagesOf(within, files) }
}

/** Node and bundlers also resolve packages from all parent directories, where other users may have put one. */
export function requireWithin(folder: string, files: readonly string[]): void {
  const outside = files.filter(
    file => (file.startsWith('..') || isAbsolute(file)) && resolve(folder, file) !== OWN_URL,
  )
  if (outside.length > 0) throw new Error(`not in ${folder}, so not built: ${outside.join(', ')}`)
}

/** The directories of the packages that bundled files are from. */
export const packagesOf = (within: string, files: readonly string[]): readonly string[] => [
  ...new Set(
    files
      .map(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
      .filter(folder => folder !== undefined)
      .map(folder => join(within, folder)),
  ),
]
