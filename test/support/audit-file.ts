import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeclaredDevice } from '../../engine/audit/audit-options.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read lines of every shape
export type Line = any

/** A folder of its own with an audit log, and the device that writes it. */
export interface AuditFile extends Disposable {
  readonly folder: string
  readonly file: string
  readonly device: DeclaredDevice
  /** The lines of a file, of the log if none is named, without their places in the chain. */
  lines(file?: string): readonly Line[]
  /** The bytes of the log. */
  text(): string
  /** Those lines that are no signed heads. */
  entries(): readonly Line[]
}

export function auditFile(options: Readonly<Record<string, string>> = {}): AuditFile {
  const folder = mkdtempSync(join(tmpdir(), 'postern-audit-'))
  const file = join(folder, 'audit.log')
  const lines = (path = file) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(text => {
        const { chain, ...line } = JSON.parse(text)
        return line
      })
  return {
    folder,
    file,
    device: {
      path: 'file/',
      type: 'file',
      description: '',
      options: { file_path: file, ...options },
      local: false,
    },
    lines,
    text: () => readFileSync(file, 'utf8'),
    entries: () => lines().filter(({ type }) => type !== 'head'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
