import { realpathSync } from 'node:fs'
import { type Config, readConfig } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { keysFile } from '../verify-keys.ts'
import { contentOf } from './install-file.ts'

type State = Pick<Config, 'stateDirectory' | 'verifyKeys'>

/** The line of a stored key set that names the configuration it was fetched for; the login path does not look at it. */
export const ownerLine = (configFile: string): string => `file ${real(configFile)}\n`

/**
 * Another configuration with the same state_directory, whose key set is stored there: each of the two would overwrite that of the other,
 * and after a replacement of keys deny every login. Undefined if there is none, or it no longer uses that directory.
 */
export function otherOwner(config: State, configFile: string): string | undefined {
  const { stateDirectory } = config
  try {
    const text = contentOf(keysFile(config))?.toString() ?? ''
    const [, other] = /^file (\/.+)$/m.exec(text) ?? []
    if (other === undefined || other === real(configFile)) return undefined
    const there = readConfig(other, { dev: true })
    return there.verifyKeys && there.stateDirectory === stateDirectory ? other : undefined
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

/** @throws {Refusal} if another configuration has its key set in the same directory */
export function requireOwnState(config: State, configFile: string): void {
  const other = config.verifyKeys && otherOwner(config, configFile)
  if (other)
    throw new Refusal(
      'settings',
      `state_directory ${config.stateDirectory} has the keys of ${other}: set another state_directory in ${configFile}`,
    )
}

function real(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}
