import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ARCHITECTURES, type Architecture } from '../../packaging/packages/architectures.ts'
import { writePackages } from '../../packaging/packages/write-packages.ts'

const ARCHITECTURE = process.arch as Architecture

/** Two versions of the Debian packages of this machine's processor, made from the same sources and not compressed. */
export class MadePackages {
  readonly folder = mkdtempSync(join(tmpdir(), 'postern-packages-'))

  static async make(versions: readonly string[]): Promise<MadePackages> {
    const made = new MadePackages()
    const wanted = (['postern', 'postern-helper'] as const).map(name => ({
      ...{ name, architecture: ARCHITECTURE },
      formats: ['deb'] as const,
    }))
    for (const version of versions) {
      const maintainer = 'Postern <maintainers@postern.invalid>'
      const release = {
        version,
        date: new Date('2026-01-01'),
        maintainer,
        compression: 'none',
      } as const
      for await (const _ of writePackages(wanted, release, made.folder));
    }
    return made
  }

  file(name: 'postern' | 'postern-helper', version: string): string {
    return join(this.folder, `${name}_${version}_${ARCHITECTURES[ARCHITECTURE].deb}.deb`)
  }

  [Symbol.dispose]() {
    rmSync(this.folder, { recursive: true })
  }
}
