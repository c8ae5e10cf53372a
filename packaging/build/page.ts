import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, parse } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { packagesOf, requireWithin } from './bundle.ts'

const root = join(import.meta.dirname, '../..')

const SOURCE = join(root, 'engine/ui')

const DOCUMENT = 'index.html'

/** Scripts and styles that the document names. */
const ENTRIES = ['main.tsx', 'style.css']

/** A page as the engine serves it. */
interface Page {
  /** By name below `/ui/`: the document and its assets, and each compressed, with `.br` and `.gz` behind its name. */
  readonly files: Readonly<Record<string, Buffer>>
  /** Directories of the packages in it. */
  readonly packages: readonly string[]
}

/**
 * Bundles the page for browsers and compresses it. The name of an asset has a hash of its content, and the document names it so. The same
 * sources give the same bytes.
 * @throws if an import resolves to a file outside the repository, or the document names an asset that does not exist
 */
export async function bundlePage(): Promise<Page> {
  const { outputFiles, metafile } = await build({
    entryPoints: Object.fromEntries(ENTRIES.map(file => [parse(file).name, join(SOURCE, file)])),
    absWorkingDir: root,
    // a name only: nothing is written
    outdir: join(root, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    publicPath: '/ui/assets/',
    // a script that imports it gets its address
    loader: { '.svg': 'file' },
    format: 'esm',
    // what the first view does not need is loaded on demand
    splitting: true,
    metafile: true,
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
    tsconfig: join(SOURCE, 'tsconfig.json'),
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
  const inputs = Object.keys(metafile.inputs)
  requireWithin(root, inputs)
  const assets = new Map(
    outputFiles.map(({ path, contents }) => [`assets/${basename(path)}`, Buffer.from(contents)]),
  )
  const files = [[DOCUMENT, documentWith([...assets.keys()])], ...assets] as const
  requireNamed(assets)
  return {
    files: Object.fromEntries(files.flatMap(([name, content]) => compressed(name, content))),
    packages: packagesOf(root, inputs),
  }
}

/** Replaces `folder` by the files of the page. */
export function writePage({ files }: Page, folder: string): void {
  const draft = `${folder}.draft`
  rmSync(draft, { recursive: true, force: true })
  for (const [name, content] of Object.entries(files)) {
    const file = join(draft, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
}

/** @throws if an asset names another without the hash in its name */
function requireNamed(assets: ReadonlyMap<string, Buffer>): void {
  for (const [name, content] of assets)
    for (const [, other = ''] of content.toString().matchAll(/\/ui\/(assets\/[\w.-]+)/g))
      if (!assets.has(other))
        throw new Error(`${name} names ${other}, which is not built: import it instead`)
}

/** The document, with the names that the assets have. */
function documentWith(assets: readonly string[]): Buffer {
  const text = readFileSync(join(SOURCE, DOCUMENT), 'utf8')
  const document = text.replace(/(?<=")\/ui\/(assets\/([^"]+))(?=")/g, (_, plain, name) => {
    const { name: stem, ext } = parse(name as string)
    const built = assets.find(each => each.startsWith(`assets/${stem}-`) && parse(each).ext === ext)
    if (built === undefined) throw new Error(`${DOCUMENT} names ${plain}, which is not built`)
    return `/ui/${built}`
  })
  return Buffer.from(document)
}

const compressed = (name: string, content: Buffer): readonly (readonly [string, Buffer])[] => [
  [name, content],
  [`${name}.br`, brotliCompressSync(content, { params: sized(content) })],
  [`${name}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION })],
]

const sized = ({ length }: Buffer) => ({
  [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  [constants.BROTLI_PARAM_SIZE_HINT]: length,
})
