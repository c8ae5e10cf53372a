import { execFileSync } from 'node:child_process'
import { functionOf } from '../../shared/script-in-asset.ts'
import { nodeFlags } from './executable.ts'

const MOST_BYTES = 64 * 1024 * 1024

/**
 * Writes V8's code cache of the script on its standard input. V8 takes a cache only with the flags that it was written with, so the one
 * by which all functions are compiled is taken back before that.
 */
const WRITER = `
const source = require('node:fs').readFileSync(0, 'utf8')
const { setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')
const [, filename, compiles] = process.argv
if (compiles === 'all') setFlagsFromString('--no-lazy')
const script = new Script(source, { filename })
if (compiles === 'all') setFlagsFromString('--lazy')
process.stdout.write(script.createCachedData())
`

interface Options {
  /** Node's. */
  readonly flags: readonly string[]
  /**
   * `all` functions, or only what runs when the script is loaded: the others are then compiled when they are called. All are several times
   * as much to load.
   */
  readonly compiles: 'all' | 'first'
}

/**
 * V8's code cache of a script that is an asset, as {@link functionOf} has it: with it, the script is not parsed. The same script gives the
 * same bytes.
 */
export const codeCache = (script: string, name: string, { flags, compiles }: Options): Buffer =>
  execFileSync(process.execPath, [...nodeFlags(flags), '-e', WRITER, name, compiles], {
    input: functionOf(script),
    maxBuffer: MOST_BYTES,
  })
