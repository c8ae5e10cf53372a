import { stringify } from 'yaml'
import type { Json } from './envelope.ts'

/** A value as YAML, keys sorted, without an end of line. What a reader of YAML 1.1 would take for a truth or a time is quoted. */
export const yaml = (value: Json): string =>
  stringify(value, { compat: 'yaml-1.1', lineWidth: 0, sortMapEntries: true }).trimEnd()
