import { Invalid } from '../../shared/invalid.ts'

/** A token of HCL or JSON. `word` is a bare word, `mark` one character of punctuation, `end` the end of the text. */
export interface HclToken {
  readonly kind: 'word' | 'text' | 'number' | 'mark' | 'end'
  /** Of a text, its unescaped value. */
  readonly value: string
  readonly line: number
  /** The line of its end; differs from `line` only for a multi-line text. */
  readonly lastLine: number
}

export type Syntax = 'hcl' | 'json'

/** Splits the text of a policy into tokens, without comments and white space. @throws {Invalid} with the line */
export function hclTokens(source: string, syntax: Syntax): readonly HclToken[] {
  const tokens: HclToken[] = []
  let [at, line] = [0, 1]
  while (at < source.length) {
    const [kind, whole] = pieceAt(source, at, line)
    const lastLine = line + whole.split('\n').length - 1
    if (kind !== 'space') tokens.push({ ...tokenOf(kind, whole, { syntax, line }), line, lastLine })
    at += whole.length
    line = lastLine
  }
  return [...tokens, { kind: 'end', value: 'the end', line, lastLine: line }]
}

type Kind = 'space' | 'heredoc' | 'text' | 'number' | 'word' | 'mark'

// \uFEFF is the byte order mark that some editors put at the beginning of a file
const PIECES: readonly (readonly [Kind, RegExp])[] = [
  ['space', /(?:[\s\uFEFF]+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/y],
  ['heredoc', /<<-?([A-Za-z_][\w-]*)[ \t]*\r?\n(?:[^\n]*\n)*?[ \t]*\1(?![^\r\n])/y],
  ['text', /"(?:[^"\\\n]|\\[^\n])*"/y],
  ['number', /-?(?:0[xX][\da-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y],
  ['word', /[A-Za-z_][\w.-]*/y],
  ['mark', /[{}[\]=:,]/y],
]

function pieceAt(source: string, at: number, line: number): readonly [Kind, string] {
  for (const [kind, pattern] of PIECES) {
    pattern.lastIndex = at
    const found = pattern.exec(source)
    if (found) return [kind, found[0]]
  }
  const open = source.startsWith('"', at) || source.startsWith('/*', at)
  const problem = open || source.startsWith('<<', at) ? 'is not closed' : 'is not expected'
  throw new Invalid(`${JSON.stringify(source.slice(at, at + 2).trim())} ${problem} on line ${line}`)
}

function tokenOf(
  kind: Exclude<Kind, 'space'>,
  whole: string,
  { syntax, line }: { syntax: Syntax; line: number },
): Pick<HclToken, 'kind' | 'value'> {
  if (kind === 'heredoc') return { kind: 'text', value: heredoc(whole) }
  if (kind !== 'text') return { kind, value: whole }
  const value = syntax === 'json' ? jsonText(whole) : hclText(whole)
  if (value === undefined) throw new Invalid(`invalid escape in ${whole} on line ${line}`)
  return { kind, value }
}

/** The text between the first and last line; for `<<-`, without the common indentation. */
function heredoc(whole: string): string {
  const lines = whole.split(/\r?\n/).slice(1, -1)
  const margins = lines.filter(line => line.trim() !== '').map(line => line.search(/[^ \t]/))
  const margin = whole.startsWith('<<-') ? Math.min(...margins) : 0
  return lines.map(line => `${line.slice(margin)}\n`).join('')
}

function jsonText(whole: string): string | undefined {
  try {
    return JSON.parse(whole) as string
  } catch {
    // the only possible reason is an invalid escape or a control character
    return undefined
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
}

const ESCAPE =
  /\\(?:([abfnrtv\\"])|([0-7]{3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|.)/gsu

/** The unescaped value of an HCL string, with Go's escapes; undefined for an invalid escape. */
function hclText(whole: string): string | undefined {
  let sound = true
  const text = whole.slice(1, -1).replace(ESCAPE, (_, letter, octal, ...hex) => {
    if (letter !== undefined) return ESCAPES[letter] ?? ''
    const digits = hex.slice(0, 3).find(each => each !== undefined)
    const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(digits ?? '', 16)
    if (code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code)
    sound = false
    return ''
  })
  return sound ? text : undefined
}
