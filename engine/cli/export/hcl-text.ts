import { Invalid } from '../../../shared/invalid.ts'
import { shown } from '../../../shared/printable.ts'

/** An expression of Terraform, such as the attribute of another resource. */
export class Reference {
  readonly expression: string

  constructor(expression: string) {
    this.expression = expression
  }
}

export type Value =
  | null
  | boolean
  | number
  | string
  | Reference
  | readonly Value[]
  | { readonly [name: string]: Value }

/** A block of Terraform's language. Attributes and blocks are printed in their order. */
export interface Block {
  /** The type and the labels. */
  readonly head: readonly [type: string, ...labels: string[]]
  readonly attributes: Readonly<Record<string, Value>>
  readonly blocks?: readonly Block[]
}

/**
 * The text of a block, with aligned attributes as `terraform fmt` has them.
 * @throws {Invalid} for an attribute whose name is none: fields of a server become attributes, and must not become anything else
 */
export function blockText(block: Block): string {
  return textOfBlock(block, attributeText)
}

/** What a block contains is indented, which a heredoc could not be. */
function textOfBlock(
  { head: [type, ...labels], attributes, blocks = [] }: Block,
  textOf: (value: Value) => string,
): string {
  const odd = Object.keys(attributes).find(name => !/^[A-Za-z_][\w-]*$/.test(name))
  if (odd !== undefined) throw new Invalid(`${shown(odd)} cannot be the name of an attribute`)
  const rows = Object.entries(attributes).map(([name, value]) => [name, textOf(value)] as const)
  const inner = [
    ...rowsOf(rows),
    ...blocks.map(block => `\n${indent(textOfBlock(block, valueText))}`),
  ]
  const heading = [type, ...labels.map(label => JSON.stringify(label))].join(' ')
  return `${heading} {\n${inner.join('\n').replace(/^\n/, '')}\n}`
}

/** A map or list of several lines is not aligned with what is around it. A heredoc is, and ends a group. */
function rowsOf(rows: readonly (readonly [string, string])[]): readonly string[] {
  const groups: (readonly [string, string])[][] = [[]]
  for (const row of rows) {
    if (!row[1].includes('\n')) groups.at(-1)?.push(row)
    else if (row[1].startsWith('<<')) {
      groups.at(-1)?.push(row)
      groups.push([])
    } else groups.push([row], [])
  }
  return groups.flatMap(group => {
    const width = Math.max(0, ...group.map(([name]) => name.length))
    return group.map(([name, text]) => `  ${name.padEnd(width)} = ${nested(text)}`)
  })
}

/** The lines of a map or a list are indented; those of a text are its own. */
const nested = (text: string): string =>
  text.startsWith('<<') ? text : text.replaceAll('\n', '\n  ')

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ')

/** The value of an attribute: a text of several lines as it is. */
const attributeText = (value: Value): string =>
  typeof value === 'string' ? textOf(value) : valueText(value)

/** A value as an expression, which may be part of another. */
export function valueText(value: Value): string {
  if (value instanceof Reference) return value.expression
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (isList(value)) return `[${value.map(valueText).join(', ')}]`
  const rows = Object.keys(value)
    .sort()
    .map(name => [quoted(name), valueText(value[name] ?? null)] as const)
  return rows.length === 0 ? '{}' : `{\n${rowsOf(rows).join('\n')}\n}`
}

const isList = (value: object): value is readonly Value[] => Array.isArray(value)

/** A text of several whole lines as a heredoc, any other in quotes. Nothing in it is a template. */
function textOf(text: string): string {
  const isLong = text.endsWith('\n') && text.trimEnd().includes('\n') && !/^\s*EOT\s*$/m.test(text)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: such characters need quotes
  if (isLong && !/[\x00-\x08\x0b-\x1f]/.test(text)) return `<<EOT\n${literal(text)}EOT`
  return quoted(text)
}

/** A text in quotes. Pairs of characters are looked at, so that a backslash before a "b" stays one. */
const quoted = (text: string): string =>
  literal(JSON.stringify(text.toWellFormed()).replace(/\\./g, pair => ESCAPES[pair] ?? pair))

/** Escapes of JSON that Terraform does not have. */
const ESCAPES: Readonly<Record<string, string>> = { '\\b': '\\u0008', '\\f': '\\u000c' }

const literal = (text: string): string => text.replace(/([$%])\{/g, '$1$1{')
