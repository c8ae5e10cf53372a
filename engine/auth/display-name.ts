import type { MountView } from '../api/call.ts'

/** The display name of a token: the mount of the login and the user name. Contract §4.9. */
export const displayName = ({ path }: MountView, who = ''): string =>
  [...path.replace(/^auth\//, '').split('/'), who].filter(Boolean).join('-')
