import { auditedRows } from './audited.ts'
import { certificateRows } from './certificates.ts'
import { dynamicRows } from './dynamic.ts'
import { helperRows } from './helper.ts'
import { leaseRows } from './leases.ts'
import { pairRows } from './pairs.ts'
import { serverRows } from './servers.ts'
import { storageRows } from './storage.ts'
import { table } from './table.ts'

const rows = [
  ...(await helperRows()),
  ...(await storageRows()),
  ...(await serverRows()),
  ...(await pairRows()),
  ...(await auditedRows()),
  ...(await leaseRows()),
  ...(await certificateRows()),
  ...(await dynamicRows()),
]
const json = process.argv.some(word => /^--?format=json$/.test(word))
console.log(json ? JSON.stringify(rows, undefined, 2) : table(rows))
