import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Architecture } from './architectures.ts'
import { type LockedPackage, lockedPackages } from './locked-packages.ts'

/**
 * The Node that is put into programs for a processor: the one that runs this, or that of package-lock.json for another processor, which
 * npm fetches once and compares with the hash in package-lock.json.
 */
export function nodeFor(architecture: Architecture): string {
  if (architecture === process.arch) return process.execPath
  const name = `node-linux-${architecture}`
  const locked = lockedPackages()[`node_modules/${name}`]
  if (!locked) throw new Error(`package-lock.json has no ${name}`)
  const hash = locked.integrity.replace(/[^0-9a-zA-Z]/g, '').slice(0, 20)
  const folder = join(cache(), 'node', `${name}-${locked.version}-${hash}`)
  const node = join(folder, 'node_modules', name, 'bin/node')
  if (!existsSync(node)) fetch(folder, name, locked)
  return node
}

/** Where what is fetched or built once is kept: `~/.cache/postern`. */
export const cache = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'postern')

/** Has npm install one package, for whatever processor, as package-lock.json has it. */
function fetch(folder: string, name: string, locked: LockedPackage): void {
  mkdirSync(dirname(folder), { recursive: true })
  const draft = mkdtempSync(`${folder}.`)
  const manifest = { name: 'node', version: '0.0.0', dependencies: { [name]: locked.version } }
  const packages = { '': manifest, [`node_modules/${name}`]: locked }
  const lock = { ...manifest, lockfileVersion: 3, requires: true, packages }
  writeFileSync(join(draft, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(draft, 'package-lock.json'), JSON.stringify(lock))
  // by force: it is for another processor
  const words = ['ci', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', words, { cwd: draft, stdio: ['ignore', 'ignore', 'inherit'] })
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
}
