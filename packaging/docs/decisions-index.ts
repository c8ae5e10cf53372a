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
    'What was not obvious when it was decided, with the reasons, and what was considered instead. A record is not rewritten when a later one replaces it; it then says which.',
    rows.join('\n'),
  ])
}
