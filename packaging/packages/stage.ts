import { lutimesSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { licenses } from '../build/licenses.ts'
import { makeProgram } from '../build/programs.ts'
import { nodeFor } from './node-for.ts'
import { type Packed, packageFiles, zipped } from './package-files.ts'

const PROGRAMS = { postern: 'postern', 'postern-helper': 'helper' } as const

/** Puts all that a package consists of into `folder`, which is made anew. */
export async function stage(packed: Packed, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const bin = join(folder, 'bin')
  const node = nodeFor(packed.architecture)
  const { packages } = await makeProgram(PROGRAMS[packed.name], bin, node)
  const files = [...packageFiles(packed), ['doc/LICENSES.gz', zipped(licenses(packages))] as const]
  for (const [file, content] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
  const { date } = packed.release
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    lutimesSync(join(folder, file), date, date)
}
