import { hostname } from 'node:os'
import type { Core } from '../core/core.ts'

/** Which process answers, where each knows only what it has done itself. */
export const thisProcess = ({ about }: Core) => ({
  node: hostname(),
  pid: process.pid,
  ...(about.worker !== undefined && { worker: about.worker }),
})
