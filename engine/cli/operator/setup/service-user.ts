import { Failure } from '../../failure.ts'
import { runProgram, tryProgram } from './run-program.ts'

/** The ids of a user and of its group. */
export interface UserIds {
  readonly uid: number
  readonly gid: number
}

/** The ids of a user; undefined if it does not exist. */
export function idsOf(user: string): UserIds | undefined {
  const [uid, gid] = [tryProgram('id', '-u', user), tryProgram('id', '-g', user)]
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

/** @throws {Failure} if it does not exist */
export function requireUser(user: string): UserIds {
  const ids = idsOf(user)
  if (!ids) throw new Failure(`the user ${user} does not exist`)
  return ids
}

/** Creates a user that cannot log in. @throws {Failure} */
export const createUser = (user: string, home: string): string =>
  runProgram([
    ...['useradd', '--system', '--user-group', '--no-create-home', '--home-dir', home],
    ...['--shell', '/usr/sbin/nologin', user],
  ])

/** @throws {Failure} */
export const deleteUser = (user: string): string => runProgram(['userdel', user])
