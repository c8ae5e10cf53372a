import type { DynamicSecret } from './dynamic-lease.ts'

/** The login that a key is for. */
export const describeKey = ({ role, key: { username, ip, port } }: DynamicSecret) => ({
  ...{ role, username, ip, port },
})
