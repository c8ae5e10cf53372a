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

const SIGNED =
  'The ratio grows when a login becomes cheaper: a signature and its check stay at about 3 ms. The aim was set for a slower login.'
const LOGIN_MEMORY =
  'A program built in the same way that makes one TLS request and nothing else has 48.6 MiB.'
const INVENTORY =
  'Each certificate is written into the inventory and synced to the disk before it is answered, and can be revoked; OpenBao keeps none.'

interface Reason {
  readonly section: string
  /** How the name of the row begins. */
  readonly row: string
  /** How its aim ends, if that matters. */
  readonly aim?: string
  readonly why: string
}

/** Why aims are not reached. Of several that fit a row, the first counts. */
export const REASONS: readonly Reason[] = [
  {
    section: 'pairs',
    row: 'OpenBao, raft, 1 client',
    why: 'Within what two runs differ by: the one before had 0.31.',
  },
  {
    section: 'pairs',
    row: 'OpenBao, PostgreSQL to PostgreSQL',
    why: 'Within what two runs differ by: the one before had 1.02.',
  },
  {
    section: 'pairs',
    row: 'OpenBao, raft, 256 clients',
    why: 'The event loop of one engine is full: half of the time is TLS and HTTP of Node.js, as “bare Node” shows, which does the same commits and nothing else. With PostgreSQL, `workers` use more cores.',
  },
  {
    section: 'pairs',
    row: 'OpenBao, file, 1 client',
    why: 'It does not sync: it answers before a password is on the disk. Ours syncs two commits for each pair, one after the other.',
  },
  {
    section: 'pairs',
    row: 'PostgreSQL to OpenBao, PostgreSQL, 1 client',
    why: 'Two commits one after the other, which wait for the disk of the database. One commit at a time costs the database a third of a millisecond, and nothing is left to be saved by combining. By processor time, ours is 0.7 of OpenBao.',
  },
  {
    section: 'nodes',
    row: 'two nodes',
    why: 'The core that the database and the clients share is full with one engine and a bit. See [several engines](cluster.md#how-many-engines-one-database-serves).',
  },
  {
    section: 'server',
    row: 'creds and verify in turns',
    why: 'A bare Node.js that does the same commits, encryption and syncs has 0.11.',
  },
  { section: 'certificates', row: 'sign, SQLite, to OpenBao', why: INVENTORY },
  { section: 'helper', row: 'helper, a login', aim: 'MiB', why: LOGIN_MEMORY },
  { section: 'helper', row: 'helper, a login with verify_keys', why: SIGNED },
  { section: 'enrolled', row: 'by an enrolled host', aim: 'MiB', why: LOGIN_MEMORY },
  { section: 'enrolled', row: 'by an enrolled host', why: SIGNED },
]

/** Why a row does not reach its aim, if that is known. */
export const reasonFor = (section: string, { name, aim = '' }: Row): Reason | undefined =>
  REASONS.find(
    each =>
      each.section === section && name.trim().startsWith(each.row) && aim.endsWith(each.aim ?? ''),
  )

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
    `${ABOUT[section]?.title}: ${nameIn(results[section]?.rows ?? [], row)}`,
    shown(row),
    row.aim ?? '',
    reasonFor(section, row)?.why ?? '',
  ])
  return `${head} These are not:\n\n${table(['', 'measured', 'aim', 'why'], rows, 2)}`
}

/** The name of a row, with the reference above it if others have the same name. */
function nameIn(rows: readonly Row[], row: Row): string {
  const name = row.name.trim()
  if (rows.filter(each => each.name === row.name).length === 1) return name
  const above = rows.slice(0, rows.indexOf(row)).findLast(each => !each.name.startsWith(' '))
  return `${above?.name}: ${name}`
}

const shown = ({ amount, unit, ratio, aim }: Row): string =>
  / (?:MiB|ms)$/.test(aim ?? '') ? `${amount.toFixed(1)} ${unit}` : ratio.toFixed(2)

function sectionOf(name: string, title: string, about: string, results: Results): string {
  const { rows = [], day, commit, versions } = results[name] ?? {}
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

${day}, commit ${commit}; ${versions}.`
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
