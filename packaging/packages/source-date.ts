import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/**
 * The time that all files of a release have, in whole seconds: SOURCE_DATE_EPOCH, else that of the commit.
 * @throws {Error} if neither is known
 */
export function sourceDate(environment: NodeJS.ProcessEnv = process.env): Date {
  const given = environment.SOURCE_DATE_EPOCH
  const seconds = given ?? ofCommit()
  if (seconds === undefined)
    throw new Error('this is no clone of the repository: set SOURCE_DATE_EPOCH to its time')
  if (!/^\d{1,11}$/.test(seconds))
    throw new Error(`SOURCE_DATE_EPOCH is not a number of seconds: ${seconds}`)
  return new Date(Number(seconds) * 1000)
}

function ofCommit(): string | undefined {
  const cwd = join(import.meta.dirname, '../..')
  const { status, stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], {
    cwd,
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}
