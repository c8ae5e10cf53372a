import { printableJson } from '../../../shared/printable-json.ts'
import { type Conditions, EXACT } from './line-filter.ts'

/** Whether the bytes of a line can be one that is searched for. Most lines are left out by it, without being parsed. */
export type MayMatch = (line: Buffer) => boolean

interface Needles {
  readonly conditions: Conditions
  /** Texts of which the line has one; all lines if empty. */
  readonly values: readonly string[]
  /** A part of the line; empty for all. */
  readonly text: string
}

/** Looks for the texts that a line must contain, in the form that they have in JSON. */
export function needlesOf({ conditions, values, text }: Needles): MayMatch {
  const { path, address, outcome } = conditions
  const whole = [...EXACT.map(name => conditions[name]), address]
  const all = [
    ...whole.filter(value => value !== undefined).map(inJson),
    ...(path === undefined ? [] : [`"path":"${inJson(path)}`]),
    ...(outcome === undefined || outcome === 'failed' ? [] : [`"outcome":"${inJson(outcome)}"`]),
    ...(text === '' ? [] : [inJson(text)]),
  ].map(each => Buffer.from(each))
  const any = values.map(value => Buffer.from(inJson(value)))
  return line =>
    (conditions.all || !isRequest(line)) &&
    all.every(each => line.includes(each)) &&
    (any.length === 0 || any.some(each => line.includes(each)))
}

/** A text as it is inside quotes in a line. */
const inJson = (text: string) => printableJson(text).slice(1, -1)

const REQUEST = Buffer.from('"type":"request"')

/** Behind the time, which has the same length in every line. */
const isRequest = (line: Buffer) =>
  line.length > TYPE + REQUEST.length &&
  line.compare(REQUEST, 0, REQUEST.length, TYPE, TYPE + REQUEST.length) === 0

const TYPE = '{"time":"2026-01-31T08:00:00.000Z",'.length
