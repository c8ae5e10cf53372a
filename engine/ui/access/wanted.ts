import { signal } from '../preact.ts'
import { atSessionEnd } from '../session.ts'
import type { Target } from './target.ts'

/** The host that the user asked for last; the forms begin with it. */
export const wanted = signal<Target | undefined>(undefined)

atSessionEnd(() => {
  wanted.value = undefined
})
