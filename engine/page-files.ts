import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getAsset, getAssetKeys, isSea } from 'node:sea'
import { Invalid } from '../shared/invalid.ts'
import type { Config } from './config/config.ts'
import type { PageFiles } from './http/pages.ts'

/** What the names of the page's files begin with among the assets of a program. */
export const PAGE_ASSETS = 'ui/'

/**
 * The files of the page: those in this program, or those of the last build when it runs from its sources.
 * @param wanted `if built`: without the page where it has not been built
 * @throws {Invalid} if it has not been built
 */
export function pageFiles(wanted: Config['ui']): PageFiles | undefined {
  if (!wanted) return undefined
  if (isSea()) return inProgram()
  const built = join(import.meta.dirname, '../dist/ui')
  if (existsSync(built)) return inFolder(built)
  if (wanted === 'if built') return undefined
  throw new Invalid('"ui" is true, but the page has not been built: run npm run build')
}

const inProgram = (): PageFiles =>
  new Map(
    getAssetKeys()
      .filter(key => key.startsWith(PAGE_ASSETS))
      .map(key => [key.slice(PAGE_ASSETS.length), Buffer.from(getAsset(key))]),
  )

const inFolder = (folder: string): PageFiles =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map(file => [file.slice(folder.length + 1), readFileSync(file)]),
  )
