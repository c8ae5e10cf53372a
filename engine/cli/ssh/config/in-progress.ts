import type { CliIo } from '../../cli-io.ts'
import { variable } from '../../variable.ts'

/** Variables for the ssh that a check runs, and for the checks below it. */
const NAMES = 'POSTERN_SSH_IN_PROGRESS'
const TOKEN = 'POSTERN_SSH_CHECK_TOKEN'

type Environment = CliIo['environment']

const namesIn = (environment: Environment) => (environment[NAMES] ?? '').split(' ').filter(Boolean)

/** Whether a check or a `postern ssh` above this one prepares a login to the same host: its ssh reads the same configuration. */
export const isInProgress = (environment: Environment, host: string): boolean =>
  namesIn(environment).includes(host)

/** The environment of an ssh that has a credential for a host, so that the check below it gets no other. */
export const inProgress = (environment: Environment, host: string): Environment => ({
  ...environment,
  [NAMES]: [...namesIn(environment), host].join(' '),
})

/**
 * The environment of the ssh that a check runs for a host. The token is passed on for the check of a jump host: other children of
 * `postern ssh` do not get it, but the ssh that asks has the whole environment of the user as well.
 */
export function environmentFor(environment: Environment, host: string): Environment {
  const token = variable(environment, 'TOKEN')
  return {
    ...inProgress(environment, host),
    ...(token && { [TOKEN]: token }),
  }
}

/** The environment of a check, with the token of the one above it. */
export const environmentIn = (environment: Environment): Environment => {
  const token = environment[TOKEN]
  return token ? { POSTERN_TOKEN: token, ...environment } : environment
}
