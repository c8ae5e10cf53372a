import type { HostView } from './host-view.ts'
import type { Result } from './run-checks.ts'

/** One command that `-fix` has run. */
export interface Fixed {
  readonly name: string
  readonly mend: string
  readonly failed: string | undefined
}

/** Runs the commands of findings that are safe to mend without asking: modes, missing directories, timers. */
export function fix(results: readonly Result[], host: HostView): readonly Fixed[] {
  return results.flatMap(result => {
    if ((result.status !== 'warning' && result.status !== 'failure') || !result.safe) return []
    const { name, mend } = result
    const { code, stderr } = host.run(['sh', '-c', mend])
    const failed = code === 0 ? undefined : stderr.trim().split('\n').at(-1) || 'it failed'
    return [{ name, mend, failed }]
  })
}

export const fixLine = ({ name, mend, failed }: Fixed): string =>
  failed === undefined ? `mended   ${name}: ${mend}` : `not mended ${name}: ${mend}: ${failed}`
