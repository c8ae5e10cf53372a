import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { type ProgramName, scriptsOf } from '../build/programs.ts'
import { lockedPackages } from '../packages/locked-packages.ts'
import type { Release } from '../packages/release-of.ts'

const root = join(import.meta.dirname, '../..')

/** Entries of `process.versions` that number an interface or a standard, and no software. */
const NO_SOFTWARE = ['node', 'modules', 'napi', 'unicode']

/**
 * The bill of materials of a release, in CycloneDX's JSON: each program with the packages of npm that are in its bundle, and Node.js with
 * the libraries in it.
 */
export async function billOfMaterials({ version, date }: Release): Promise<string> {
  const node = nodeJs()
  const packages = new Map<string, Models.Component>()
  const programs = await Promise.all([
    program('postern', 'postern', { version, packages }),
    program('postern-helper', 'helper', { version, packages }),
  ])
  for (const each of programs) each.dependencies.add(node.bomRef)
  const whole = new Models.Component(Enums.ComponentType.Application, 'Postern', {
    ...{ version, bomRef: 'Postern' },
    licenses: licensedAs('MPL-2.0'),
    dependencies: new Models.BomRefRepository(programs.map(each => each.bomRef)),
  })
  const bill = new Models.Bom({
    metadata: new Models.Metadata({ timestamp: date, component: whole }),
    components: new Models.ComponentRepository([...programs, node, ...packages.values()]),
  })
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  const options = { sortLists: true, space: 2 }
  return `${new Serialize.JsonSerializer(factory).serialize(bill, options)}\n`
}

interface Known {
  readonly version: string
  /** By their folders; those of this program are added. */
  readonly packages: Map<string, Models.Component>
}

async function program(name: string, file: ProgramName, { version, packages }: Known) {
  const bundled = await scriptsOf(file)
  const parts = bundled.packages.map(folder => {
    const known = packages.get(folder) ?? packageIn(relative(root, folder))
    packages.set(folder, known)
    return known.bomRef
  })
  return new Models.Component(Enums.ComponentType.Application, name, {
    ...{ version, bomRef: name },
    licenses: licensedAs('MPL-2.0'),
    dependencies: new Models.BomRefRepository(parts),
  })
}

function packageIn(folder: string): Models.Component {
  const { name, license } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  ) as { readonly name: string; readonly license?: string }
  const { version, integrity } = lockedPackages()[folder] ?? {}
  if (version === undefined || integrity === undefined)
    throw new Error(`package-lock.json has no ${folder}`)
  const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${version}`
  return new Models.Component(Enums.ComponentType.Library, name, {
    ...{ version, purl, bomRef: `${folder}@${version}` },
    hashes: hashedAs(integrity),
    ...(license === undefined ? {} : { licenses: licensedAs(license) }),
  })
}

/** Those that release owners' programs for both processors bring; their parts are the same. */
function nodeJs(): Models.Component {
  const { node: version = '', ...parts } = process.versions
  const libraries = Object.entries(parts)
    .filter(([name, number]) => number && !NO_SOFTWARE.includes(name))
    .map(
      ([name, number]) =>
        new Models.Component(Enums.ComponentType.Library, name, {
          ...{ version: number, bomRef: `node/${name}` },
        }),
    )
  const builds = ['x64', 'arm64'].map(processor => {
    const name = `node-linux-${processor}`
    const { integrity = '' } = lockedPackages()[`node_modules/${name}`] ?? {}
    return new Models.Component(Enums.ComponentType.File, name, {
      ...{ version, purl: `pkg:npm/${name}@${version}`, bomRef: name },
      hashes: hashedAs(integrity),
    })
  })
  return new Models.Component(Enums.ComponentType.Platform, 'node', {
    ...{ version, bomRef: 'node', purl: `pkg:generic/node@${version}` },
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: licensedAs('MIT'),
    components: new Models.ComponentRepository([...libraries, ...builds]),
  })
}

const licensedAs = (expression: string) =>
  new Models.LicenseRepository([new Models.LicenseExpression(expression)])

/** @param integrity as in package-lock.json: sha512 in base64 */
const hashedAs = (integrity: string) =>
  new Models.HashDictionary([
    [
      Enums.HashAlgorithm['SHA-512'],
      Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex'),
    ],
  ])
