import { dirname } from 'node:path'

/** The names that CommonJS gives the first script of the program. */
export const PARAMETERS = ['module', 'exports', 'require', '__filename', '__dirname'] as const

/**
 * Runs a script that is an asset of the program, and gives what it exports. What starts the program does not read it before that, so it may
 * weigh what it likes. It imports only Node's own modules.
 * @param cache the asset with V8's code cache of the script; V8 ignores one that it has not made itself with the same flags
 */
export function scriptInAsset<T extends object>(name: string, cache?: string): T {
  const { getAsset, getAssetKeys, getRawAsset } = process.getBuiltinModule('node:sea')
  const { compileFunction } = process.getBuiltinModule('node:vm')
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
  const script = compileFunction(getAsset(name, 'utf8'), PARAMETERS, {
    filename: name,
    ...(hasCache && { cachedData: Buffer.from(getRawAsset(cache)) }),
  })
  script(...PARAMETERS.map(each => given[each]))
  return module.exports
}

/** Some packages try to require optional ones. */
function requireBuiltin(name: string): object {
  const found = process.getBuiltinModule(name)
  if (!found)
    throw Object.assign(new Error(`no module of Node: ${name}`), { code: 'MODULE_NOT_FOUND' })
  return found
}
