import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { page } from './markdown.ts'

const FOLDER = join(import.meta.dirname, '../../docs/decisions')

/** The list of all decision records. */
export function decisionsIndex(): string {
  const rows = readdirSync(FOLDER)
    .filter(name => /^\d{4}-.+\.md$/.test(name))
    .sort()
    .map(name => {
      const [title = ''] = readFileSync(join(FOLDER, name), 'utf8').split('\n')
      return `- [${title.replace(/^# /, '')}](${name})`
    })
  return page([
    '# Decisions',
    'Decisions that were not obvious, their reasons, and the alternatives. A record is not rewritten when a later one replaces it; it then names that one.',
    rows.join('\n'),
  ])
}
