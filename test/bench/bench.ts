import { auditSearchRows } from './audit-search.ts'
import { auditedRows } from './audited.ts'
import { certificateRows } from './certificates.ts'
import { commandLineRows } from './command-line.ts'
import { dynamicRows } from './dynamic.ts'
import { enrolledRows } from './enrolled.ts'
import { fleetRows } from './fleet.ts'
import { helperRows } from './helper.ts'
import { keep } from './keep.ts'
import { leaseRows } from './leases.ts'
import { mixedRows } from './mixed.ts'
import { nodeRows } from './nodes.ts'
import { pageRows } from './page.ts'
import { pageInBrowserRows } from './page-in-browser.ts'
import { pairRows } from './pairs.ts'
import { serverRows } from './servers.ts'
import { storageRows } from './storage.ts'
import { stormRows } from './storm.ts'
import { type Row, table } from './table.ts'
import { verifyRows } from './verify-rows.ts'

const SECTIONS = {
  helper: helperRows,
  storage: storageRows,
  server: serverRows,
  page: pageRows,
  browser: pageInBrowserRows,
  pairs: pairRows,
  nodes: nodeRows,
  mixed: mixedRows,
  audited: auditedRows,
  'audit-search': auditSearchRows,
  leases: leaseRows,
  certificates: certificateRows,
  dynamic: dynamicRows,
  enrolled: enrolledRows,
  verify: verifyRows,
  fleet: fleetRows,
  storm: stormRows,
  'command-line': commandLineRows,
}

/** The sections that the words name, all if there are none. @throws {Error} that names one that is missing */
function chosen(words: readonly string[]): readonly (readonly [string, Section])[] {
  const names = words.filter(word => !word.startsWith('-'))
  const unknown = names.find(name => !Object.hasOwn(SECTIONS, name))
  if (unknown !== undefined)
    throw new Error(`there is no section ${unknown}: ${Object.keys(SECTIONS).join(', ')}`)
  return Object.entries(SECTIONS).filter(([name]) => names.length === 0 || names.includes(name))
}

type Section = () => Promise<readonly Row[]>

const words = process.argv.slice(2)
const [json, write] = [/^--?format=json$/, /^--?write$/].map(flag =>
  words.some(word => flag.test(word)),
)
const all: Row[] = []
for (const [name, section] of chosen(words)) {
  const rows = await section()
  all.push(...rows)
  // it takes minutes, and what has been measured is not lost if the rest fails
  if (!json) console.log(`${table(rows)}\n`)
  if (write) keep(name, rows)
}
if (json) console.log(JSON.stringify(all, undefined, 2))
