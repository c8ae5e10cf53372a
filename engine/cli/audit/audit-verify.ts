import { readFileSync } from 'node:fs'
import { counted } from '../../../shared/counted.ts'
import { string } from '../../../shared/field.ts'
import { systemReason } from '../../../shared/system-reason.ts'
import { parsePublicKey } from '../../audit/chain.ts'
import type { LogRemark } from '../../audit/log-remark.ts'
import { rawLines } from '../../audit/raw-lines.ts'
import { Verifier } from '../../audit/verify.ts'
import { command } from '../command.ts'
import { EXIT, Failure } from '../failure.ts'
import { unreadable } from './unreadable.ts'

/** Exit code for a log that was tampered with. */
const TAMPERED = 2

/** Findings that are printed, of each kind. */
const MAX_SHOWN = 50

export const auditVerify = command({
  name: 'audit verify',
  summary: 'Verify that an audit log has not been changed',
  usage: '[options] FILE...',
  text: `
Verifies the hash chain through the lines of an audit log and the signed heads in it. The exit code is 0 if the log is intact, 2 if a line was
changed, removed, inserted or moved, and 1 on an error. Requires no server.

With the public key of the server ("postern audit key"):

    $ postern audit verify -public-key=CKg0sk... /var/log/postern/audit.log

With rotated files, the oldest first; those that end in .gz are decompressed:

    $ postern audit verify -public-key=audit.pub audit.log.2.gz audit.log.1 audit.log

A file alone cannot show whether lines are missing at its end. A running server reports the hash of its last line ("postern read
sys/audit-head/file"), which the log must contain:

    $ postern audit verify -public-key=CKg0sk... -hash=5ca1ab1e... audit.log`,
  flags: {
    'public-key': string({
      description:
        'Public key that must have signed the log, or a file with it. Without it, the key in the log itself is used, which detects accidents but no forgery.',
    }),
    hash: string({ description: 'SHA-256 of a line that the log must contain.' }),
  },
  arguments: [1, Number.POSITIVE_INFINITY],
  prints: 'format',
  local: true,
  async run({ args, flags, print }) {
    const key = keyOf(flags['public-key'])
    const verifier = new Verifier(key, flags.hash?.toLowerCase())
    for (const file of args) await takeFile(verifier, file)
    verifier.end()
    const { lines, heads, runs, problems, notes } = verifier
    if (lines === 0 && problems.length === 0)
      throw new Failure(
        'no line in these files belongs to a hash chain: this is not an audit log of Postern',
      )
    if (print.format === 'table') {
      for (const each of problems.slice(0, MAX_SHOWN)) print.line(`TAMPERED  ${located(each)}`)
      if (problems.length > MAX_SHOWN) print.line(`and ${problems.length - MAX_SHOWN} more`)
      for (const each of notes.slice(0, MAX_SHOWN)) print.line(`note      ${located(each)}`)
      if (key === undefined)
        print.line(
          verifier.key === undefined
            ? 'note      these files have no signed head: nothing proves who wrote them'
            : `note      verified with the key in the log, ${verifier.key}: compare it with "postern audit key"`,
        )
      print.line(
        `${problems.length === 0 ? 'OK' : 'NOT OK'}: ${counted(lines, 'line')}, ${heads} of them ${heads === 1 ? 'a signed head' : 'signed heads'}, in ${counted(runs, 'run')} of the server`,
      )
    } else {
      const found = (each: LogRemark) => ({ file: each.file, line: each.line, text: each.text })
      const data = {
        ok: problems.length === 0,
        ...{ lines, heads, runs, public_key: verifier.key ?? null },
        problems: problems.map(found),
        notes: notes.map(found),
      }
      await print.rows(data, [], [])
    }
    return problems.length === 0 ? EXIT.ok : TAMPERED
  },
})

const located = ({ file, line, text }: LogRemark) =>
  file === '' ? text : `${file}:${line}: ${text}`

function keyOf(given: string | undefined): string | undefined {
  if (given === undefined || parsePublicKey(given)) return given?.trim()
  try {
    const text = readFileSync(given, 'utf8').trim()
    if (parsePublicKey(text)) return text
  } catch (error) {
    throw new Failure(`-public-key is neither a key nor a readable file: ${systemReason(error)}`)
  }
  throw new Failure(`${given} does not hold a public key`)
}

async function takeFile(verifier: Verifier, file: string): Promise<void> {
  try {
    for await (const line of rawLines(file)) verifier.take(line)
  } catch (error) {
    throw unreadable(file, error)
  }
}
