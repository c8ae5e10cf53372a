import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Debian releases that hosts are set up on, by their names. */
export type Release = 'bullseye' | 'bookworm' | 'trixie' | 'sid'

const ALL: readonly Release[] = ['bullseye', 'bookworm', 'trixie']

/** Those that this run tries: all takes minutes more. */
export const RELEASES: readonly Release[] = process.env.POSTERN_TEST_LONG ? ALL : ['bookworm']

/**
 * The root file system of a fresh host; it is made where it is missing.
 * @param packages what it has besides
 * @throws {Error} where this machine cannot make it
 */
export const rootOf = (release: Release, packages: readonly string[] = []): string =>
  execFileSync(join(import.meta.dirname, 'lab/root'), [release, packages.join(',')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
