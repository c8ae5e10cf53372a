import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Refusal } from '../refusal.ts'

/**
 * Puts a file in place whole: sshd sees the old one or the new one, also after a power failure. The new one is looked at first, under
 * another name in the same folder; if `check` throws, the old one stays. Tells whether anything has changed.
 * @throws {Refusal} if it cannot be written
 */
export function installFile(
  file: string,
  content: Uint8Array,
  check: (draft: string) => void = () => undefined,
): boolean {
  if (existsSync(file) && readFileSync(file).equals(content)) return false
  const draft = `${file}.${process.pid}.draft`
  try {
    const open = openSync(draft, 'wx', 0o644)
    writeSync(open, content)
    fsyncSync(open)
    closeSync(open)
    check(draft)
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    if (error instanceof Refusal) throw error
    throw new Refusal('settings', `${file} cannot be written: ${(error as Error).message}`)
  }
  const folder = openSync(dirname(file), 'r')
  fsyncSync(folder)
  closeSync(folder)
  return true
}
