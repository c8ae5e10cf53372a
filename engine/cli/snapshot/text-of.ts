import type { Json } from '../envelope.ts'

/** A text in a response; empty if it is absent, or something else. */
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
