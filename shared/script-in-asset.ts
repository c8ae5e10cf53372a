import { dirname } from 'node:path'

/**
 * Runs a script that is an asset of the program, and gives what it exports. What starts the program does not read it before that, so it may
 * weigh what it likes. It imports only Node's own modules.
 */
export function scriptInAsset<T extends object>(name: string): T {
  const { getAsset } = process.getBuiltinModule('node:sea')
  const { compileFunction } = process.getBuiltinModule('node:vm')
  const module = { exports: {} as T }
  // what CommonJS gives the first script of the program
  const given = {
    module,
    exports: module.exports,
    require: requireBuiltin,
    __filename: process.execPath,
    __dirname: dirname(process.execPath),
  }
  const script = compileFunction(getAsset(name, 'utf8'), Object.keys(given), { filename: name })
  script(...Object.values(given))
  return module.exports
}

/** Some packages try to require optional ones. */
function requireBuiltin(name: string): object {
  const found = process.getBuiltinModule(name)
  if (!found)
    throw Object.assign(new Error(`no module of Node: ${name}`), { code: 'MODULE_NOT_FOUND' })
  return found
}
