import { isAbsolute, join } from 'node:path'
import { Invalid } from '../../../shared/invalid.ts'
import { Failure } from '../failure.ts'
import { expandHome, homeIn } from '../system.ts'
import { variable } from '../variable.ts'
import { readOwnFile } from './own-file.ts'
import type { StoreContext, TokenStore } from './token-store.ts'

/** The token helper that the user has configured for Vault's or OpenBao's command line; undefined without one. @throws {Failure} */
export async function configuredHelper(context: StoreContext): Promise<TokenStore | undefined> {
  for (const path of configurationFiles(context.environment)) {
    const file = readOwnFile(path, 'the configuration of the command line')
    // other programs than Vault have a file or a directory ~/.vault, too
    if (!file?.text.includes('token_helper')) continue
    if (file.fault) throw new Failure(`${path}, which names the token helper, ${file.fault.text}`)
    const program = await helperIn(file.text, path)
    if (program === undefined) continue
    const { TokenHelper } = await import('./token-helper.ts')
    return new TokenHelper(program, context)
  }
  return undefined
}

function configurationFiles(environment: StoreContext['environment']): readonly string[] {
  const set = variable(environment, 'CONFIG_PATH')
  if (set !== undefined) return [expandHome(set, environment)]
  const home = homeIn(environment)
  return home === undefined ? [] : ['.vault', '.bao'].map(name => join(home, name))
}

async function helperIn(text: string, path: string): Promise<string | undefined> {
  const { items } = await parsed(text, path)
  const value = items.findLast(({ keys }) => keys.join() === 'token_helper')?.value
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string' && isAbsolute(value)) return value
  throw new Failure(`${path}: token_helper must be the absolute path of a program`)
}

async function parsed(text: string, path: string) {
  const { parseHcl } = await import('../../policy/hcl.ts')
  try {
    return parseHcl(text)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    throw new Failure(`error parsing config file at ${path}: ${error.message}`)
  }
}
