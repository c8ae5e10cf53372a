import { rawLines } from '../../engine/audit/raw-lines.ts'
import { Verifier } from '../../engine/audit/verify.ts'

interface Known {
  /** The key of the server. */
  readonly key: string | undefined
  /** Hash of a line that must be there. */
  readonly sought?: string | undefined
}

/** What `postern audit verify` finds in files, as `line: text`. */
export async function verified(files: readonly string[], { key, sought }: Known) {
  const verifier = new Verifier(key, sought)
  for (const file of files) for await (const line of rawLines(file)) verifier.take(line)
  verifier.end()
  const told = (found: typeof verifier.notes) => found.map(({ line, text }) => `${line}: ${text}`)
  return {
    lines: verifier.lines,
    problems: told(verifier.problems),
    notes: told(verifier.notes),
  }
}
