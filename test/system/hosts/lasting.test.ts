import { join } from 'node:path'
import { lastingContract } from '../../support/lasting-contract.ts'

lastingContract('The built engine', [join(import.meta.dirname, '../../../dist/postern')])
