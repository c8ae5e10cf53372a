import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'

/**
 * Tells the user who is refused where the reason is, with the same text for every reason. pam_exec passes it on if its option stdout is
 * set. The id is the `correlation` of the log line.
 */
export function tellUser(correlation: string): void {
  try {
    writeSync(
      1,
      `Login denied; the administrator of this host can find the reason under this id: ${correlation}\n`,
    )
  } catch {
    // closed or full: the user is told nothing
  }
}

/**
 * Discards what is written to stderr, by Node and its libraries, too: pam_exec passes both streams on to the user if its option stdout is
 * set. A regular file is kept: it is the one of pam_exec's option log.
 */
export function silenceStderr(): void {
  try {
    if (fstatSync(2).isFile()) return
    // fails before 2 is closed: whatever is opened next would get that number
    const spare = openSync('/dev/null', 'w')
    closeSync(2)
    openSync('/dev/null', 'w')
    closeSync(spare)
  } catch {
    // there is no /dev/null: the log writes nothing to what is not a file either
  }
}
