import { Failure } from '../failure.ts'

/** The configuration file that -config names. @throws {Failure} if it is not given */
export function requireConfig(config: string | undefined): string {
  if (config === undefined) throw new Failure('set the configuration with -config=FILE')
  return config
}
