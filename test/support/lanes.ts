/*
 * Which suites, folders of test/, run together: each line is one process, and the lines of one constant run at the same time.
 */

/** Tests that need nothing but Node and OpenSSH's client, and take seconds. */
export const QUICK = [['unit', 'contract', 'system/cli', 'system/http', 'system/storage']]

/** Tests with the built programs, a real PostgreSQL and real hosts. Those of the last two lines mostly wait, for hosts and databases. */
export const WHOLE = [
  [...QUICK.flat(), 'system/clients', 'system/demo', 'system/docs'],
  ['system/cluster', 'system/ssh', 'system/helper', 'system/page'],
  ['system/hosts'],
]

/** Tests that measure memory and waiting times, so nothing runs beside them. */
export const ALONE = [['system/chaos']]

/** What takes minutes for each test. */
export const LONG = [['system/long']]
