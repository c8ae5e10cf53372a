import { scriptInAsset } from '../shared/script-in-asset.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { MAIN_ASSET } from './main-asset.ts'

// as in main.ts, until that runs
process.exitCode = EXIT_CODES.bug.code

// Node's code cache of the first script lacks most functions, which each login would then compile, for 3 ms
scriptInAsset(MAIN_ASSET.script, MAIN_ASSET.cache)
