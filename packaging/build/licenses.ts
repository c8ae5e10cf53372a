import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

const RULE = '='.repeat(80)

interface Notice {
  readonly title: string
  readonly text: string
}

/**
 * The licence texts of a program: Postern's, Node's if it is in it, and that of every bundled package.
 * @param packages their directories
 * @throws if a package has no licence text, which licences require in every copy
 */
export function licenses(packages: readonly string[], has = { node: true }): string {
  const notices = [
    postern(),
    ...(has.node ? [node()] : []),
    ...packages.map(noticeOf).sort(byTitle),
  ]
  return notices
    .map(({ title, text }) => `${RULE}\n${title}\n${RULE}\n\n${text.trim()}\n`)
    .join('\n')
}

const byTitle = (one: Notice, other: Notice) => (one.title < other.title ? -1 : 1)

const postern = (): Notice => ({ title: 'Postern (MPL-2.0)', text: read(join(root, 'LICENSE')) })

/** Node's own, with those of the libraries in it. */
function node(): Notice {
  const file = join(dirname(process.execPath), '../LICENSE')
  if (!existsSync(file)) throw new Error(`the licence of Node is not at ${file}`)
  return { title: `Node.js ${process.version}`, text: read(file) }
}

function noticeOf(folder: string): Notice {
  const { name, version, license } = JSON.parse(read(join(folder, 'package.json'))) as {
    readonly name: string
    readonly version: string
    readonly license?: string
  }
  const text = textIn(folder)
  if (text === undefined) throw new Error(`the package ${name} has no licence text`)
  return { title: `${name} ${version} (${license ?? 'see below'})`, text }
}

function textIn(folder: string): string | undefined {
  const files = readdirSync(folder).sort()
  const own = files.filter(file => /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i.test(file))
  if (own.length > 0) return own.map(file => read(join(folder, file)).trim()).join('\n\n')
  const readme = files.find(file => /^readme(?:\.|$)/i.test(file))
  return readme && chapter(read(join(folder, readme)))
}

/** The section "License" of a README, if it has the text and not only the name. */
function chapter(readme: string): string | undefined {
  const [, text = ''] = readme.split(/^#+ *licen[cs]e *$/im)
  const [own = ''] = text.split(/^#/m)
  return /copyright/i.test(own) ? own : undefined
}

/** Without form feeds, carriage returns and byte order marks. */
const read = (file: string) => readFileSync(file, 'utf8').replace(/[\r\f\ufeff]/g, '')
