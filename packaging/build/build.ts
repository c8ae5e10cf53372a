import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LICENSES } from '../../shared/license-texts.ts'
import { licenses } from './licenses.ts'
import { bundlePage, writePage } from './page.ts'
import { makePortable, PORTABLE } from './portable.ts'
import { makeProgram, type ProgramName } from './programs.ts'

const dist = join(import.meta.dirname, '../../dist')

const packages = [...(await make('postern')), ...(await make('helper'))]
link('helper', 'postern-helper')
writePage(await bundlePage(), join(dist, 'ui'))
console.log('dist/ui: built')
await makePortable(dist)
console.log(`dist/${PORTABLE}: built`)
if (process.argv.includes('--jitless')) await make('helper-jitless')
writeFileSync(join(dist, LICENSES), licenses([...new Set(packages)]))

async function make(name: ProgramName): Promise<readonly string[]> {
  const { result, packages } = await makeProgram(name, dist)
  console.log(`dist/${name}: ${result}`)
  return packages
}

function link(target: string, name: string): void {
  if (!existsSync(join(dist, target))) return
  rmSync(join(dist, name), { force: true })
  linkSync(join(dist, target), join(dist, name))
  console.log(`dist/${name}: the same file as dist/${target}`)
}
