import { execFile } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ARCHITECTURES, type Architecture } from './architectures.ts'
import { nfpm } from './nfpm.ts'
import type { PackageName } from './package-files.ts'
import type { Release } from './release-of.ts'
import { stage } from './stage.ts'

/** Bytes that a package may have. */
const LARGEST = 45 * 1024 * 1024

type Format = 'deb' | 'rpm'

interface Wanted {
  readonly name: PackageName
  readonly architecture: Architecture
  readonly formats: readonly Format[]
}

/** Every package that is released. */
export const ALL: readonly Wanted[] = (['x64', 'arm64'] as const).flatMap(architecture =>
  (['postern', 'postern-helper'] as const).map(name => ({
    ...{ name, architecture },
    formats: ['deb', 'rpm'] as const,
  })),
)

/**
 * Writes packages into `folder`, and yields the name of each file as it is done. The same sources give the same bytes.
 * @throws {Error} if one is too large
 */
export async function* writePackages(
  wanted: readonly Wanted[],
  release: Release,
  folder: string,
): AsyncGenerator<string> {
  const program = nfpm()
  mkdirSync(folder, { recursive: true })
  for (const { name, architecture, formats } of wanted) {
    const staged = join(folder, `.${name}-${architecture}`)
    await stage({ name, architecture, release }, staged)
    // each of them compresses on one core
    yield* await Promise.all(
      formats.map(async format => {
        const file = `${name}_${release.version}_${ARCHITECTURES[architecture][format]}.${format}`
        await pack(program, format, { staged, file: join(folder, file), release })
        return file
      }),
    )
    rmSync(staged, { recursive: true })
  }
}

interface Packed {
  readonly staged: string
  readonly file: string
  readonly release: Release
}

async function pack(program: string, format: Format, { staged, file, release }: Packed) {
  const draft = join(staged, `package.${format}`)
  const words = ['package', '--config', 'nfpm.yaml', '--packager', format, '--target', draft]
  const epoch = String(release.date.getTime() / 1000)
  const env = { ...process.env, SOURCE_DATE_EPOCH: epoch, TZ: 'UTC' }
  await promisify(execFile)(program, words, { cwd: staged, env })
  const { size } = statSync(draft)
  if (size > LARGEST && release.compression === 'xz')
    throw new Error(`${file} has ${size} bytes, more than ${LARGEST}`)
  renameSync(draft, file)
}
