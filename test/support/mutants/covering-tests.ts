import { globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Tests that run in one process, and again and again. */
const QUICK = 'test/{unit,contract}/**/*.test.ts'

/** Paths from the root of the repository, in order. @throws {Error} if a pattern finds none */
export function sortedFiles(patterns: readonly string[]): readonly string[] {
  const found = patterns.map(pattern => {
    const files = globSync(pattern)
    if (files.length === 0) throw new Error(`no file is named ${pattern}`)
    return files
  })
  return [...new Set(found.flat())].sort()
}

/** The sources that are named: files, and folders with all that is in them. @throws {Error} for a name that is none */
export const sourcesIn = (names: readonly string[]): readonly string[] =>
  sortedFiles(
    names.map(name => {
      const path = relative('.', name)
      return statSync(path).isDirectory() ? join(path, '**/*.ts') : path
    }),
  )

/**
 * The tests that shall find the mutants of a source: its own, which run first, and those that import it. For a source of the engine without tests of its
 * own, those of its folder, which reach it through a whole engine.
 * @throws {Error} if there are none
 */
export function coveringTests(source: string): readonly string[] {
  const place = join('test/unit', source.replace(/^engine\//, '').replace(/\.ts$/, ''))
  const tests = sortedFiles([QUICK])
  const own = tests.filter(test => test === `${place}.test.ts` || dirname(test) === place)
  const folder = source.startsWith('engine/') && own.length === 0 ? dirname(place) : undefined
  const found = tests.filter(
    test => own.includes(test) || dirname(test) === folder || importsOf(test).has(source),
  )
  if (found.length === 0) throw new Error(`no test in test/unit or test/contract is for ${source}`)
  return [...new Set([...own, ...found])]
}

const importsOf = (file: string): ReadonlySet<string> =>
  new Set(
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(
      ([, target = '']) => join(dirname(file), target),
    ),
  )
