import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const manifest = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
) as { version: string }

/** One CommonJS script of everything that `entry` imports but Node's own modules: the form a single executable runs. */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    // packages that ask where they are get the program's own place
    define: { POSTERN_VERSION: JSON.stringify(manifest.version), 'import.meta.url': 'ownUrl' },
    inject: [join(import.meta.dirname, 'own-url.ts')],
    logOverride: { 'empty-import-meta': 'silent' },
    logLevel: 'warning',
  })
  return outputFiles[0]?.text ?? ''
}
