import { dirname } from 'node:path'

/** The names that CommonJS gives the first script of the program. */
const PARAMETERS = ['module', 'exports', 'require', '__filename', '__dirname'] as const

/** A script of CommonJS as an expression of a function, as which it is compiled, and V8's code cache of it is made. */
export const functionOf = (script: string): string =>
  `(function (${PARAMETERS.join()}) {${script}\n})`

/**
 * Runs a script that is an asset of the program, and gives what it exports. What starts the program does not read it before that, so it may
 * weigh what it likes. It is ASCII, and imports only Node's own modules.
 * @param cache the asset with V8's code cache of the script; V8 ignores one that it has not made itself with the same flags
 */
export function scriptInAsset<T extends object>(name: string, cache?: string): T {
  const { getAssetKeys, getRawAsset } = process.getBuiltinModule('node:sea')
  const { Script } = process.getBuiltinModule('node:vm')
  const module = { exports: {} as T }
  const given: Readonly<Record<(typeof PARAMETERS)[number], unknown>> = {
    module,
    exports: module.exports,
    require: requireBuiltin,
    __filename: process.execPath,
    __dirname: dirname(process.execPath),
  }
  // a program for another processor has none
  const hasCache = cache !== undefined && getAssetKeys().includes(cache)
  const source = Buffer.from(getRawAsset(name)).toString('latin1')
  const script = new Script(functionOf(source), {
    filename: name,
    ...(hasCache && { cachedData: Buffer.from(getRawAsset(cache)) }),
  })
  script.runInThisContext()(...PARAMETERS.map(each => given[each]))
  return module.exports
}

/** Some packages try to require optional ones. */
function requireBuiltin(name: string): object {
  const found = process.getBuiltinModule(name)
  if (!found)
    throw Object.assign(new Error(`no module of Node: ${name}`), { code: 'MODULE_NOT_FOUND' })
  return found
}
