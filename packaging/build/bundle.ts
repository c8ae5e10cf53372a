import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

/** What the engine starts in threads of their own, by the names under which it finds their scripts. */
const WORKERS = {
  POSTERN_SQLITE_WORKER: 'engine/storage/sqlite-worker.ts',
  POSTERN_PRIVATE_KEY_WORKER: 'engine/ssh/private-key-worker.ts',
}

/** One CommonJS script of everything that `entry` imports but Node's own modules: the form a single executable runs. */
export async function bundle(entry: string): Promise<string> {
  const workers = Object.entries(WORKERS).map(
    async ([name, file]) => [name, JSON.stringify(await script(join(root, file), {}))] as const,
  )
  return script(entry, Object.fromEntries(await Promise.all(workers)))
}

async function script(entry: string, workers: Readonly<Record<string, string>>): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    // native code that ssh2 does without where it is not there
    external: ['cpu-features', '*.node'],
    // packages that ask where they are get the program's own place
    define: {
      ...workers,
      POSTERN_VERSION: JSON.stringify(manifest.version),
      'import.meta.url': 'ownUrl',
    },
    inject: [join(import.meta.dirname, 'own-url.ts')],
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}
