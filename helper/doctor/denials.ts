import type { Context } from './context.ts'

/** Where the kernel's audit messages are, by distribution and by what runs. */
const LOGS = [
  '/var/log/audit/audit.log',
  '/var/log/kern.log',
  '/var/log/syslog',
  '/var/log/messages',
]

/** Bytes from the end of a log. */
const LAST = '2000000'

const DAY = 86_400_000

/** Messages of the last day that match, the newest first; those without a time count as old. */
export function recentDenials({ host, time }: Context, pattern: RegExp): readonly string[] {
  const logs = LOGS.filter(file => host.stat(file) !== undefined)
  const texts = logs.map(file => host.run(['tail', '-c', LAST, file]).stdout)
  const lines = texts.flatMap(text => text.split('\n')).filter(line => pattern.test(line))
  return lines
    .flatMap(line => {
      const [message, seconds] = /audit\((\d+)[.:\d]*\):.*/.exec(line) ?? []
      const age = time() - Number(seconds ?? 0) * 1000
      return message !== undefined && age < DAY ? [message.slice(0, 300)] : []
    })
    .reverse()
}
