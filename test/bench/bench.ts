import { auditedRows } from './audited.ts'
import { certificateRows } from './certificates.ts'
import { dynamicRows } from './dynamic.ts'
import { helperRows } from './helper.ts'
import { leaseRows } from './leases.ts'
import { pairRows } from './pairs.ts'
import { serverRows } from './servers.ts'
import { storageRows } from './storage.ts'
import { type Row, table } from './table.ts'

const SECTIONS = [
  helperRows,
  storageRows,
  serverRows,
  pairRows,
  auditedRows,
  leaseRows,
  certificateRows,
  dynamicRows,
]

const json = process.argv.some(word => /^--?format=json$/.test(word))
const all: Row[] = []
for (const section of SECTIONS) {
  const rows = await section()
  all.push(...rows)
  // it takes minutes, and what has been measured is not lost if the rest fails
  if (!json) console.log(`${table(rows)}\n`)
}
if (json) console.log(JSON.stringify(all, undefined, 2))
