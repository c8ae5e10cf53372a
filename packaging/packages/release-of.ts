import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceDate } from './source-date.ts'

const manifest = join(import.meta.dirname, '../../package.json')

export interface Release {
  readonly version: string
  /** The time of all files. */
  readonly date: Date
  /** Name and address in the packages. */
  readonly maintainer: string
  /** Of .deb packages: "xz", or "none", which is fast, for tests. */
  readonly compression: 'xz' | 'none'
}

/**
 * What the sources are released as: the version of package.json at the time of the commit.
 * @throws {Error} if the time is not known
 */
export function releaseOf(environment: NodeJS.ProcessEnv = process.env): Release {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }
  const maintainer = environment.POSTERN_MAINTAINER ?? 'Postern <maintainers@postern.invalid>'
  return { version, date: sourceDate(environment), maintainer, compression: 'xz' }
}
