import { execFileSync } from 'node:child_process'
import { PARAMETERS } from '../../shared/script-in-asset.ts'
import { nodeFlags } from './executable.ts'

const MOST_BYTES = 64 * 1024 * 1024

/** Writes V8's code cache of the script on its standard input, which is compiled as {@link scriptInAsset} does it. */
const WRITER = `
const source = require('node:fs').readFileSync(0, 'utf8')
const { compileFunction } = require('node:vm')
const options = { filename: process.argv[1], produceCachedData: true }
process.stdout.write(compileFunction(source, ${JSON.stringify(PARAMETERS)}, options).cachedData)
`

/** V8's code cache of a script that is an asset: with it, the script is not parsed. The same script gives the same bytes. */
export const codeCache = (script: string, name: string, flags: readonly string[]): Buffer =>
  execFileSync(process.execPath, [...nodeFlags(flags), '-e', WRITER, name], {
    input: script,
    maxBuffer: MOST_BYTES,
  })
