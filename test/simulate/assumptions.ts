/** What is asked of the model: a flag for each, with its default and what it means. */
export const ASSUMPTIONS = {
  hosts: { default: 100_000, meaning: 'hosts' },
  logins: { default: 5, meaning: 'logins per host and day' },
  peak: { default: 4, meaning: 'how many times the mean the busiest hour has, of logins' },
  ttl: { default: 60, meaning: 'seconds that a password that is not used stays valid' },
  'krl-changes': { default: 24, meaning: 'revocations a day: every host then fetches the list' },
  'krl-bytes': { default: 5000, meaning: 'bytes of that list' },
  nodes: { default: 1, meaning: 'engines, or workers, of one core each, on one database' },
  commits: { default: 0, meaning: 'commits a second of your database; 0: as measured' },
  memory: { default: 4096, meaning: 'MiB of memory of a node' },
  network: { default: 1000, meaning: 'Mbit/s of a node' },
  disk: { default: 1000, meaning: 'GB for the audit logs of a node' },
  retention: { default: 30, meaning: 'days that audit logs are kept there' },
  compression: {
    default: 8,
    meaning:
      'how much smaller gzip makes audit logs that are older than two days; 1: not compressed',
  },
  full: { default: 70, meaning: 'per cent of a resource that may be in use at the busiest hour' },
  regions: { default: 5, meaning: 'regions, each with a mount, nodes and a database of its own' },
  spread: { default: 10, meaning: 'seconds within which hosts come back after an outage' },
  retry: { default: 5, meaning: 'seconds until somebody tries a failed login again' },
  seed: { default: 1, meaning: 'of the simulation' },
} as const

export type Assumptions = Readonly<Record<keyof typeof ASSUMPTIONS, number>>

export const DEFAULTS = Object.fromEntries(
  Object.entries(ASSUMPTIONS).map(([name, { default: value }]) => [name, value]),
) as Assumptions

/** The timers of a host, as in packaging/systemd; a test compares them. Seconds. */
export const TIMERS = {
  krl: { every: 60, jitter: 10 },
  trust: { every: 60, jitter: 10 },
  'verify-keys': { every: 300, jitter: 60 },
} as const

/** Requests a second of one host by a timer: systemd adds a random delay, from 0 to the jitter, to each interval. */
export const timerRate = ({ every, jitter }: { readonly every: number; readonly jitter: number }) =>
  1 / (every + jitter / 2)
