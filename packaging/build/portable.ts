import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { licenses } from './licenses.ts'

/** The name of the file. */
export const PORTABLE = 'postern-cli.mjs'

const ENTRY = join(import.meta.dirname, '../../engine/portable.ts')

// packages of CommonJS in it require Node's own modules
const START = `#!/usr/bin/env node
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)`

/**
 * Builds the command line alone into `folder`, as one script that a stock Node runs on every system: no engine, no native code. The same
 * sources give the same bytes.
 */
export async function makePortable(folder: string): Promise<void> {
  // twice, since the licences of what is in it are in it
  const { packages } = await bundle(ENTRY, { moduleStart: START })
  const constants = { POSTERN_LICENSES: JSON.stringify(licenses(packages, { node: false })) }
  const { script } = await bundle(ENTRY, { moduleStart: START, constants })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, PORTABLE), script)
  chmodSync(join(folder, PORTABLE), 0o755)
}
