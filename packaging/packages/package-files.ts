import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { SCRIPTS } from '../../engine/cli/completion/scripts.ts'
import { POSTGRESQL_SCHEMA } from '../../engine/storage/postgres-schema.ts'
import { SQLITE_SCHEMA } from '../../engine/storage/sqlite-writer.ts'
import { ARCHITECTURES, type Architecture } from './architectures.ts'
import type { Release } from './release-of.ts'

const packaging = join(import.meta.dirname, '..')

export type PackageName = 'postern' | 'postern-helper'

export interface Packed {
  readonly name: PackageName
  readonly architecture: Architecture
  readonly release: Release
}

type Files = Generator<readonly [path: string, content: string | Buffer]>

/** What the scripts of RPM packages get in place of the words of Debian's: how many versions are left. */
const RPM_WORDS = {
  preinst: 'case $1 in 1) set -- install ;; *) set -- upgrade ;; esac',
  postinst: 'case $1 in 1) set -- install ;; *) set -- upgrade ;; esac',
  prerm: 'case $1 in 0) set -- remove ;; *) set -- upgrade ;; esac',
  postrm: 'case $1 in 0) set -- remove ;; *) set -- upgrade ;; esac',
} as const

const PAGES = {
  postern: ['postern.1', 'engine.toml.5'],
  'postern-helper': ['postern-helper.8', 'helper.toml.5'],
} as const

const SETTINGS = {
  postern: [
    'logrotate/postern',
    'config/engine.toml',
    'policies/admin.hcl',
    'prometheus/postern-alerts.yml',
    'prometheus/prometheus.yml',
    'grafana/postern.json',
    'apparmor/postern-engine',
    'apparmor/postern.service.d/apparmor.conf',
  ],
  'postern-helper': [
    'pam/edit-sshd',
    'pam/postern-ssh',
    'pam/postern-sshd',
    'config/helper.toml',
    'apparmor/postern-helper',
    'apparmor/postern-host-cert.service.d/apparmor.conf',
    'selinux/postern_helper.te',
    'selinux/postern_helper.if',
  ],
} as const

const ENGINE_UNIT = /^systemd\/postern(?:-backup|-certificate)?\.\w+$/

/**
 * All files of a package but its program and the licences of what is in that, by the paths that its description in packaging/nfpm has;
 * the description itself is nfpm.yaml.
 */
export function packageFiles(packed: Packed): ReadonlyMap<string, string | Buffer> {
  return new Map<string, string | Buffer>([
    ...settings(packed.name),
    ...units(packed.name),
    ...scripts(packed.name),
    ...documents(packed),
    ['nfpm.yaml', filled(read(`nfpm/${packed.name}.yaml`), packed)],
  ])
}

const read = (file: string) => readFileSync(join(packaging, file), 'utf8')

export const zipped = (text: string): Buffer => gzipSync(text, { level: 9 })

/** With values for the words in capitals between two "@". */
function filled(text: string, { architecture, release }: Omit<Packed, 'name'>): string {
  const values: Readonly<Record<string, string>> = {
    ...SCHEMAS,
    ARCHITECTURE: ARCHITECTURES[architecture].deb,
    VERSION: release.version,
    MAINTAINER: release.maintainer,
    TIME: release.date.toISOString(),
    COMPRESSION: release.compression,
  }
  return text.replace(/@([A-Z_]+)@/g, (whole, word: string) => values[word] ?? whole)
}

const SCHEMAS = {
  SQLITE_SCHEMA: String(SQLITE_SCHEMA),
  POSTGRESQL_SCHEMA: String(POSTGRESQL_SCHEMA),
}

/** Files for an installation by hand have its paths. */
const packaged = (text: string) => text.replace(/\/usr\/local\/(s?bin\/postern)/g, '/usr/$1')

/** The same for a list of paths, each of which may be there once. */
const withoutLocal = (text: string) => text.replace(/^\/usr\/local\/.*\n/gm, '')

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(packaging, folder))
    .map(file => join(folder, file))
    .sort()

function* settings(name: PackageName): Files {
  for (const file of SETTINGS[name]) yield [file, packaged(read(file))]
  for (const file of filesIn('nfpm'))
    if (file.startsWith(`nfpm/${name}.`) && !file.endsWith('.yaml'))
      yield [file.slice('nfpm/'.length), read(file)]
  if (name === 'postern-helper') {
    for (const file of filesIn('sshd')) yield [file, packaged(read(file))]
    yield ['selinux/postern_helper.fc', withoutLocal(read('selinux/postern_helper.fc'))]
    yield ['fail2ban/postern.conf', packaged(read('fail2ban/filter.d/postern.conf'))]
  } else {
    yield ['storage-schemas', `sqlite ${SQLITE_SCHEMA}\npostgresql ${POSTGRESQL_SCHEMA}\n`]
    for (const [shell, text] of Object.entries(SCRIPTS)) yield [`completion/${shell}`, text]
  }
}

function* units(name: PackageName): Files {
  for (const file of filesIn('systemd'))
    if (ENGINE_UNIT.test(file) === (name === 'postern')) yield [file, packaged(read(file))]
}

function* scripts(name: PackageName): Files {
  for (const [kind, words] of Object.entries(RPM_WORDS)) {
    const file = `nfpm/scripts/${name}.${kind}`
    if (!filesIn('nfpm/scripts').includes(file)) continue
    const text = read(file).replace(
      /@(SQLITE_SCHEMA|POSTGRESQL_SCHEMA)@/g,
      (_, word: keyof typeof SCHEMAS) => SCHEMAS[word],
    )
    yield [`scripts/deb/${kind}`, text]
    yield [`scripts/rpm/${kind}`, text.replace('\nset -eu\n', `\nset -eu\n${words}\n`)]
  }
}

function* documents({ name, release }: Packed): Files {
  const { version, date, maintainer } = release
  for (const page of PAGES[name])
    yield [`man/${page}.gz`, zipped(packaged(read(`../docs/man/${page}`)))]
  yield ['doc/copyright', read('nfpm/copyright')]
  yield ['doc/CHANGELOG.md.gz', zipped(read('../CHANGELOG.md'))]
  const when = date.toUTCString().replace('GMT', '+0000')
  const change = '  * CHANGELOG.md.gz in this directory says what has changed.'
  const entry = `${name} (${version}) unstable; urgency=medium\n\n${change}\n\n -- ${maintainer}  ${when}\n`
  yield ['doc/changelog.gz', zipped(entry)]
  yield ['lintian', read(`nfpm/lintian/${name}`)]
}
