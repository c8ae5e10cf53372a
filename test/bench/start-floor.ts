import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificate } from '../support/certificates.ts'
import { type Program, start } from './programs.ts'

/** A bare server of Node that commits what the engine does for passwords; its data is below `folder`. */
export function startFloor(
  { certFile, keyFile }: Certificate,
  folder: string,
  everyCore = false,
): Promise<Program> {
  const [cert, key] = [certFile, keyFile].map(file => readFileSync(file, 'utf8'))
  const program = join(import.meta.dirname, 'floor.ts')
  const input = JSON.stringify({ cert, key, folder: mkdtempSync(join(folder, 'floor-')) })
  return start([process.execPath, program], /^https:.*\n/, { input, everyCore })
}
