import { isReached } from './aim.ts'
import type { Results } from './results.ts'
import type { Row } from './table.ts'

/** What each section of the page is about, in the order of the page. */
export const ABOUT: Readonly<Record<string, { readonly title: string; readonly about: string }>> = {
  pairs: {
    title: 'Passwords issued and redeemed',
    about:
      'A pair is one request to `ssh/creds` and one to `ssh/verify`. Every server syncs each of its writes to the disk, except OpenBao with its storage `file`. Servers, database and clients share two cores, and take turns. “PostgreSQL to OpenBao” compares with OpenBao on the same database server.',
  },
  nodes: {
    title: 'A second engine on one database',
    about:
      'The database and the clients share one core; each engine has half of the other. Of what a pair costs an engine and the database follows the knee: with so many engines of a core each, one core of the database is full. A pair costs two engines more than one, since each sends smaller groups of commits.',
  },
  storage: {
    title: 'Commits',
    about: 'What the storage does by itself, beside a loop that appends to a file and syncs it.',
  },
  server: {
    title: 'Requests on one core',
    about:
      'The engine has one core, the clients have the other. A raw TLS echo is a server that answers a fixed reply and does nothing else.',
  },
  certificates: {
    title: 'Certificates',
    about:
      'Signed over HTTPS and written into the inventory, beside `ssh-keygen -s`, which signs 200 in one process and keeps nothing. The ratio is to `ssh-keygen`.',
  },
  helper: {
    title: 'A login at the host',
    about: 'The helper as a whole process, as PAM starts it, beside a Node.js that does nothing.',
  },
  enrolled: {
    title: 'A login at an enrolled host',
    about: 'The request and the reply are signed.',
  },
  'command-line': {
    title: 'Commands',
    about: 'Whole processes.',
  },
}

/** Why an aim is not reached, by the beginning of the row's name in a section. */
export const REASONS: readonly {
  readonly section: string
  readonly row: string
  readonly why: string
}[] = []

/** The page docs/speed.md. */
export const speedPage = (results: Results): string => `# How fast it is

Figures of \`npm run bench\`, as ratios to a reference that was measured in turns with it in the same run; generated from [speed.json](speed.json). Ratios are what to compare: amounts depend on the machine. What a fleet needs is on the page [how far it scales](scale.md).

${inShort(results)}

${sectionsOf(results)
  .map(([name, { title, about }]) => sectionOf(name, title, about, results))
  .join('\n\n')}

## Measure it

    npm run bench -- pairs server

measures these sections, and \`npm run bench\` all. With \`POSTERN_BENCH_BAO=/path/to/bao\`, OpenBao is measured beside it. Run it on a machine where nothing else runs. \`-write\` puts what was measured into this page.
`

const sectionsOf = (results: Results) =>
  Object.entries(ABOUT).filter(([name]) => Object.hasOwn(results, name))

function inShort(results: Results): string {
  const all = sectionsOf(results).flatMap(([section]) =>
    (results[section]?.rows ?? []).map(row => ({ section, row })),
  )
  const missed = all.filter(({ row }) => isReached(row) === false)
  const aims = all.filter(({ row }) => row.aim !== undefined).length
  const head = `Of ${aims} aims, ${aims - missed.length} are reached.`
  if (missed.length === 0) return head
  const rows = missed.map(({ section, row }) => [
    `${ABOUT[section]?.title}: ${row.name.trim()}`,
    shown(row),
    row.aim ?? '',
    REASONS.find(each => each.section === section && row.name.trim().startsWith(each.row))?.why ??
      '',
  ])
  return `${head} These are not:\n\n${table(['', 'measured', 'aim', 'why'], rows, 2)}`
}

const shown = ({ amount, unit, ratio, aim }: Row): string =>
  / (?:MiB|ms)$/.test(aim ?? '') ? `${amount.toFixed(1)} ${unit}` : ratio.toFixed(2)

function sectionOf(name: string, title: string, about: string, results: Results): string {
  const { rows = [], day, commit, versions = [] } = results[name] ?? {}
  const cells = rows.map(({ name: row, amount, unit, ratio, aim = '', cpu, p50, p99 }) => [
    row.startsWith(' ') ? `– ${row.trim()}` : row,
    `${amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${unit}`,
    ratio.toFixed(2),
    aim,
    cpu?.toFixed(0) ?? '',
    p50?.toFixed(1) ?? '',
    p99?.toFixed(1) ?? '',
  ])
  const head = ['', 'amount', 'ratio', 'aim', 'us CPU each', 'p50, ms', 'p99, ms']
  // columns of which nothing is known say nothing
  const kept = head.map((_, column) => column === 0 || cells.some(line => line[column] !== ''))
  const only = (line: readonly string[]) => line.filter((_, column) => kept[column])
  return `## ${title}

${about}

${table(only(head), cells.map(only), 1)}

${day}, commit ${commit}; ${versions.join(', ')}.`
}

/** @param left how many columns have text */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, column) => (column < left || head[column] === 'why' ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}
