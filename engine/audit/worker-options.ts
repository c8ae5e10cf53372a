import { parse } from 'node:path'
import type { DeviceOptions } from './device-options.ts'

/**
 * The options of a device for one worker; unchanged without workers. A file has one writer: if the first worker writes to `audit.log`,
 * the second one writes to `audit-2.log` (`audit.log.2` could be a rotated file). A configured name that already ends in a number, such
 * as `audit-2.log`, becomes `audit-2-1.log` for the first worker, so that no two devices or workers share a file.
 */
export function workerOptions(options: DeviceOptions, worker: number | undefined): DeviceOptions {
  const { target } = options
  if (worker === undefined || target.type !== 'file') return options
  const { dir, name, ext } = parse(target.path)
  if (worker === 1 && !/-\d+$/.test(name)) return options
  const path = `${dir === '/' ? '' : dir}/${name}-${worker}${ext}`
  return { ...options, target: { ...target, path } }
}
