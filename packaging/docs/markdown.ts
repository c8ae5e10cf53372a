/** The first line of every generated page. */
const NOTE =
  '<!-- Made by "npm run docs" from the declarations in the code; a test holds it to them. Do not edit. -->'

/** A generated page. */
export const page = (parts: readonly string[]): string => `${[NOTE, ...parts].join('\n\n')}\n`

/** Preformatted text. */
export const block = (text: string): string =>
  `\`\`\`text\n${text.replace(/^\n+|\s+$/g, '')}\n\`\`\``

/** The text of one cell of a table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** A table with a header. */
export const table = (columns: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    `| ${columns.join(' | ')} |`,
    `|${'---|'.repeat(columns.length)}`,
    ...rows.map(row => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n')
