import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LICENSES } from '../../shared/license-texts.ts'
import { makePortable, PORTABLE } from '../build/portable.ts'
import { releaseOf } from '../packages/release-of.ts'
import { ALL, writePackages } from '../packages/write-packages.ts'
import { billOfMaterials } from './bill-of-materials.ts'
import { checksums } from './checksums.ts'
import { sign } from './sign.ts'

/*
 * Makes all files of a release in dist/release: packages, the command line alone, bill of materials, licences, and their hashes, which it signs.
 *   npm run release -- --key=FILE    an SSH key, or the public key of one in an agent
 */

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'dist/release')

try {
  const { key } = parseArgs({ options: { key: { type: 'string' } } }).values
  requireUnchanged()
  const files = await make()
  const list = join(folder, 'SHA256SUMS')
  writeFileSync(list, checksums(folder, files))
  if (key !== undefined) sign(list, key)
  console.log(
    `dist/release: ${files.length} files, and SHA256SUMS${key === undefined ? ', which is not signed: add -- --key=FILE' : ' with its signature'}`,
  )
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

/** What is released must be what the commit has. @throws {Error} */
function requireUnchanged(): void {
  const changed = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' })
  if (changed !== '')
    throw new Error(`commit these first, or use a new clone:\n${changed.trimEnd()}`)
}

async function make(): Promise<readonly string[]> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const release = releaseOf()
  const files: string[] = []
  for await (const file of writePackages(ALL, release, folder)) {
    console.log(`dist/release/${file}`)
    files.push(file)
  }
  const bill = `postern_${release.version}.cdx.json`
  writeFileSync(join(folder, bill), await billOfMaterials(release))
  copyFileSync(join(root, 'dist', LICENSES), join(folder, LICENSES))
  await makePortable(folder)
  return [...files, bill, LICENSES, PORTABLE]
}
