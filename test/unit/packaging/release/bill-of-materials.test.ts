import { basename } from 'node:path'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { expect } from 'chai'
import { scriptsOf } from '../../../../packaging/build/programs.ts'
import { billOfMaterials } from '../../../../packaging/release/bill-of-materials.ts'

const RELEASE = {
  version: '1.2.3',
  date: new Date('2026-11-28T12:00:00Z'),
  maintainer: 'Somebody <somebody@example.com>',
  compression: 'xz',
} as const

interface Component {
  readonly name: string
  readonly version: string
  readonly 'bom-ref': string
  readonly components?: readonly Component[]
}

interface Bill {
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[]
}

describe('The bill of materials', function () {
  this.timeout(60_000)

  let text: string
  let bill: Bill

  before(async () => {
    text = await billOfMaterials(RELEASE)
    bill = JSON.parse(text)
  })

  const named = (name: string) => bill.components.find(each => each.name === name)
  const partsOf = (ref: string) => bill.dependencies.find(each => each.ref === ref)?.dependsOn

  it('is what the schema of CycloneDX says', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
    expect(await validator.validate(text)).to.equal(null)
    expect(await validator.validate(text.replace('"platform"', '"plateau"'))).to.not.equal(null)
  })

  it('has what is in the bundle of each program, and Node.js', async () => {
    for (const [name, file] of [
      ['postern', 'postern'],
      ['postern-helper', 'helper'],
    ] as const) {
      const { packages } = await scriptsOf(file)
      const parts = partsOf(name) ?? []
      expect(parts.length).to.equal(packages.length + 1)
      for (const folder of packages)
        expect(parts.join('\n')).to.contain(`node_modules/${basename(folder)}@`.slice(13))
    }
    expect(partsOf('postern-helper')?.length).to.equal(2)
  })

  it('has the libraries in Node.js', () => {
    const libraries = named('node')?.components ?? []
    const versions = Object.fromEntries(libraries.map(({ name, version }) => [name, version]))
    expect(named('node')?.version).to.equal(process.versions.node)
    for (const name of ['openssl', 'v8', 'sqlite', 'undici', 'zlib'] as const)
      expect(versions[name]).to.equal(process.versions[name])
  })

  it('is the same for the same sources', async () => {
    expect(await billOfMaterials(RELEASE)).to.equal(text)
  })
})
