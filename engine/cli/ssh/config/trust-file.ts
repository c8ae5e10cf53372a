import { basename, dirname } from 'node:path'
import { trimPath } from '../../path.ts'
import { authorityLines } from '../host-trust.ts'
import { replaceFile } from './private-files.ts'
import type { Prepared } from './role-for.ts'

/** Writes the CA of host keys to the file that ssh reads, if the block names one. @throws {Failure} */
export async function refreshTrust({ call, client }: Prepared): Promise<void> {
  const { flags } = call
  const [mount, file] = [flags['host-key-mount-point'], flags['known-hosts']]
  if (mount === undefined || file === undefined) return
  const hostNames = flags['host-key-hostnames']
  const lines = await authorityLines({ mount: trimPath(mount), hostNames, client })
  replaceFile(dirname(file), basename(file), lines)
}
