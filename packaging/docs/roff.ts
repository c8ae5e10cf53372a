/** Text for man(7): roff's special characters are escaped. Text in backquotes becomes bold. */
export const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '\\&...')
    .replaceAll('’', '\\(cq')
    .replace(/^(?=[.'])/gm, '\\&')
    .replace(/`([^`\n]+)`/g, '\\fB$1\\fR')

/** A paragraph with a term before it. */
export const term = (name: string, text: string): string =>
  `.TP\n\\fB${roff(name)}\\fR\n${roff(text) || '\\&'}`

/** Paragraphs. Indented ones are preformatted examples. */
export const prose = (text: string): string =>
  text
    .trim()
    .split('\n\n')
    .map(part => (part.startsWith(' ') ? example(part) : `.PP\n${roff(part)}`))
    .join('\n')

/** Preformatted lines. */
export const example = (text: string): string => {
  const indent = /^ */.exec(text)?.[0] ?? ''
  const lines = text.split('\n').map(line => line.replace(indent, ''))
  return `.PP\n.RS 4\n.nf\n${roff(lines.join('\n'))}\n.fi\n.RE`
}

export interface ManualPage {
  readonly name: string
  readonly section: 1 | 5 | 8
  readonly summary: string
  readonly parts: readonly (readonly [heading: string, body: string])[]
}

/** A whole page, without a date, so that it is reproducible. */
export const manualPage = ({ name, section, summary, parts }: ManualPage): string =>
  `${[
    '.\\" Made by "npm run docs" from the declarations in the code. Do not edit.',
    `.TH "${name.toUpperCase()}" "${section}" "" "Postern" "Postern"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(summary)}`,
    ...parts.map(([heading, body]) => `.SH ${heading}\n${body}`),
  ].join('\n')}\n`
