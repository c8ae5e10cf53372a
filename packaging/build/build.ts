import { existsSync, linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LICENSES } from '../../shared/license-texts.ts'
import { bundle, WORKERS } from './bundle.ts'
import { executable } from './executable.ts'
import { licenses } from './licenses.ts'

const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')

/** What both programs are started with, whatever the environment and the command line say. */
const FLAGS = [
  // the signal would open Node's debugger to every local user
  '--disable-sigusr1',
  // OPENSSL_CONF could name code to be loaded; a file that is not there counts as an empty one
  '--openssl-config=/dev/null',
]

// the helper trusts the CA that its configuration names and no other: Node need not read the roots it carries, 4 ms of a login
const HELPER_FLAGS = [...FLAGS, '--use-openssl-ca']

const packages = [
  ...(await make('postern', { entry: 'engine/main.ts', flags: FLAGS, workers: WORKERS })),
  ...(await make('helper', { entry: 'helper/main.ts', flags: HELPER_FLAGS, workers: {} })),
]
link('helper', 'postern-helper')
// for hosts where no memory may be made executable: docs/hosts.md
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

/** Builds one program, unless it is there and what it is made of has not changed. Gives the packages that are in it. */
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
