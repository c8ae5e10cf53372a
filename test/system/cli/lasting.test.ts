import { join } from 'node:path'
import { lastingContract } from '../../support/lasting-contract.ts'

const MAIN = join(import.meta.dirname, '../../../engine/main.ts')

lastingContract('The engine from its sources', [process.execPath, MAIN])
