import type { MountView } from '../api/call.ts'

/** What people see of a token: where its holder logged in, and as whom. Contract §4.9. */
export const displayName = ({ path }: MountView, who = ''): string =>
  [...path.replace(/^auth\//, '').split('/'), who].filter(Boolean).join('-')
