import type { Json, JsonObject } from '../envelope.ts'
import { valueText } from '../value-text.ts'
import { lineDiff } from './line-diff.ts'
import type { FieldChange, Plan, Step } from './plan.ts'

/** Fields whose values are not shown: they are half of a login. */
const HIDDEN: ReadonlySet<string> = new Set(['role_id'])

/** A plan as lines: what is made (+), changed (~) and left. */
export function planLines({ steps, same, left }: Plan): readonly string[] {
  return [
    ...steps.flatMap(stepLines),
    ...(steps.length > 0 ? [''] : []),
    `${steps.filter(isNew).length} to create, ${steps.filter(step => !isNew(step)).length} to change, ${same} the same.`,
    ...(left.length > 0 ? ['', 'Not taken over:'] : []),
    ...left.flatMap(({ what, reason, remedy }) => [
      `  ${inOneLine(what)}`,
      `      ${inOneLine(reason)}.`,
      `      To do: ${inOneLine(remedy)}.`,
    ]),
  ]
}

const isNew = ({ action }: Step): boolean => action === 'create'

const stepLines = (step: Step): readonly string[] => [
  `${isNew(step) ? '+' : '~'} ${inOneLine(step.path)}`,
  ...step.fields.flatMap(fieldLines),
]

function fieldLines({ name: called, before, after }: FieldChange): readonly string[] {
  const name = inOneLine(called)
  if (HIDDEN.has(name)) return [`      ${name}: (not shown)`]
  const isLong = [before, after].some(each => typeof each === 'string' && each.includes('\n'))
  if (isLong && before !== undefined)
    return [`      ${name}:`, ...lineDiff(valueText(before), valueText(after)).map(indented)]
  const shown = (value: Json) => valueText(value).replaceAll('\n', '\n        ')
  return [
    before === undefined
      ? `      ${name}: ${isLong ? '\n        ' : ''}${shown(after)}`
      : `      ${name}: ${shown(before)} → ${shown(after)}`,
  ]
}

/** A name that another server gives must not look like a line of the plan. */
const inOneLine = (text: string): string => text.replaceAll('\n', '\\n')

const indented = (line: string) => `        ${line}`

/** A plan for programs. */
export const planJson = ({ steps, same, left }: Plan): JsonObject => ({
  changes: steps.map(({ action, path, fields }) => ({
    action,
    path,
    fields: Object.fromEntries(
      fields
        .filter(({ name }) => !HIDDEN.has(name))
        .map(({ name, before, after }) => [name, { before: before ?? null, after }]),
    ),
  })),
  same,
  left: left.map(each => ({ ...each })),
})
