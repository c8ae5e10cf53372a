import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Invalid } from '../../shared/invalid.ts'
import { HELP, readFlags } from './flags.ts'
import { proofOf } from './proof.ts'
import { keptIn } from './results.ts'
import { Run } from './run.ts'
import { added, readSums, timesIn, writeSums } from './sums.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Results that are not in docs/proof.json yet. */
const RESULTS = join(ROOT, 'dist/chaos/results.jsonl')

try {
  const flags = readFlags(process.argv.slice(2))
  if (flags.help) console.log(HELP)
  else {
    const file = flags.results ?? RESULTS
    const before =
      flags.results === undefined ? readSums() : { kinds: [], commits: {}, versions: [] }
    if (!flags.write) {
      const done = timesIn(added(before, keptIn(file)), flags.storages)
      process.exitCode = await new Run(flags, file).go(flags.kills - done)
    }
    if (flags.results === undefined) writePage()
  }
  // whatever a site has left open
  process.exit()
} catch (error) {
  if (!(error instanceof Invalid)) throw error
  console.error(`chaos: ${error.message}`)
  process.exitCode = 2
}

/** Moves the results into the sums that docs/proof.md is made from. */
function writePage(): void {
  const sums = added(readSums(), keptIn(RESULTS))
  writeSums(sums)
  writeFileSync(join(ROOT, 'docs/proof.md'), proofOf(sums))
  rmSync(RESULTS, { force: true })
  console.log(`docs/proof.md: written, ${timesIn(sums)} disturbances`)
}
