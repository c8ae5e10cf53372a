import { statSync } from 'node:fs'
import { join } from 'node:path'
import { releaseOf } from './release-of.ts'
import { ALL, writePackages } from './write-packages.ts'

const folder = join(import.meta.dirname, '../../dist/packages')

try {
  for await (const file of writePackages(ALL, releaseOf(), folder))
    console.log(
      `dist/packages/${file}: ${(statSync(join(folder, file)).size / 2 ** 20).toFixed(1)} MiB`,
    )
} catch (error) {
  console.error(`packages: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
