import { stringify } from 'yaml'
import type { Json } from './envelope.ts'

/** A value as YAML, keys sorted, without an end of line. */
export const yaml = (value: Json): string =>
  stringify(value, { sortMapEntries: true, lineWidth: 0 }).trimEnd()
