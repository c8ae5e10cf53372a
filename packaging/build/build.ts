import { existsSync, linkSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { executable } from './executable.ts'

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

await make('postern', 'engine/main.ts', FLAGS)
await make('helper', 'helper/main.ts', HELPER_FLAGS)
link('helper', 'postern-helper')

/** Builds one program, unless what it is made of has not changed. */
async function make(name: string, entry: string, flags: readonly string[]): Promise<void> {
  const source = join(root, entry)
  if (!existsSync(source)) {
    console.error(`${name}: cannot be built, ${entry} is not there`)
    process.exitCode = 1
    return
  }
  mkdirSync(dist, { recursive: true })
  const script = await bundle(source)
  const made = executable({ file: join(dist, name), script, flags })
  console.log(`dist/${name}: ${made}`)
}

function link(target: string, name: string): void {
  if (!existsSync(join(dist, target))) return
  rmSync(join(dist, name), { force: true })
  linkSync(join(dist, target), join(dist, name))
  console.log(`dist/${name}: the same file as dist/${target}`)
}
