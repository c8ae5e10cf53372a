import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LICENSES } from '../../shared/license-texts.ts'
import { bundle, WORKERS } from './bundle.ts'
import { executable } from './executable.ts'
import { licenses } from './licenses.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

/** Node's flags in both programs; the environment and the command line cannot change them. */
const FLAGS = [
  // SIGUSR1 would start Node's debugger, which every local user can reach
  '--disable-sigusr1',
  // a configuration of OpenSSL could load code
  '--openssl-config=/dev/null',
]

// the helper trusts only the CA in its configuration: without Node's own root certificates a login is 4 ms faster
const HELPER_FLAGS = [...FLAGS, '--use-openssl-ca']

const packages = [
  ...(await make('postern', { entry: 'engine/main.ts', flags: FLAGS, workers: WORKERS })),
  ...(await make('helper', { entry: 'helper/main.ts', flags: HELPER_FLAGS, workers: {} })),
]
link('helper', 'postern-helper')
// for hosts that allow no writable and executable memory: docs/hosts.md
if (process.argv.includes('--jitless'))
  await make('helper-jitless', {
    entry: 'helper/main.ts',
    flags: [...HELPER_FLAGS, '--jitless'],
    workers: {},
  })
writeFileSync(join(dist, LICENSES), licenses([...new Set(packages)]))

interface Sources {
  readonly entry: string
  readonly flags: readonly string[]
  readonly workers: Readonly<Record<string, string>>
}

/** Builds one program, unless it is up to date. Returns the packages in it. */
async function make(name: string, { entry, flags, workers }: Sources): Promise<readonly string[]> {
  mkdirSync(dist, { recursive: true })
  const { script, packages } = await bundle(join(root, entry), { workers })
  const assets = { [LICENSES]: licenses(packages) }
  const made = executable({ file: join(dist, name), script, flags, assets })
  console.log(`dist/${name}: ${made}`)
  return packages
}

function link(target: string, name: string): void {
  if (!existsSync(join(dist, target))) return
  rmSync(join(dist, name), { force: true })
  linkSync(join(dist, target), join(dist, name))
  console.log(`dist/${name}: the same file as dist/${target}`)
}
