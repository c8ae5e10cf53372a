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

/** The text of a block, with aligned attributes as `terraform fmt` has them. */
export function blockText({ head: [type, ...labels], attributes, blocks = [] }: Block): string {
  const rows = Object.entries(attributes).map(([name, value]) => [name, valueText(value)] as const)
  const inner = [...rowsOf(rows), ...blocks.map(block => `\n${indent(blockText(block))}`)]
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

/** A value as an expression. */
export function valueText(value: Value): string {
  if (value instanceof Reference) return value.expression
  if (typeof value === 'string') return textOf(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (isList(value)) return `[${value.map(valueText).join(', ')}]`
  const rows = Object.keys(value)
    .sort()
    .map(name => [JSON.stringify(name), valueText(value[name] ?? null)] as const)
  return rows.length === 0 ? '{}' : `{\n${rowsOf(rows).join('\n')}\n}`
}

const isList = (value: object): value is readonly Value[] => Array.isArray(value)

/** A text of several whole lines as a heredoc, any other in quotes. Nothing in it is a template. */
function textOf(text: string): string {
  const isLong = text.endsWith('\n') && text.trimEnd().includes('\n') && !/^\s*EOT$/m.test(text)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: such characters need quotes
  if (isLong && !/[\x00-\x08\x0b-\x1f]/.test(text)) return `<<EOT\n${literal(text)}EOT`
  return literal(
    JSON.stringify(text).replace(/\\([bf])/g, (_, char) => (char === 'b' ? '\\u0008' : '\\u000c')),
  )
}

const literal = (text: string): string => text.replace(/([$%])\{/g, '$1$1{')
