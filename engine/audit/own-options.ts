import { parse } from 'node:path'
import type { DeviceOptions } from './device-options.ts'

/**
 * The options of a device as one worker uses them. A file has one writer, so the second worker writes to `audit-2.log` where
 * the first one writes to `audit.log`; not to `audit.log.2`, which is what a rotated file is called.
 */
export function ownOptions(options: DeviceOptions, worker = 1): DeviceOptions {
  const { target } = options
  if (worker === 1 || target.type !== 'file') return options
  const { dir, name, ext } = parse(target.path)
  const path = `${dir === '/' ? '' : dir}/${name}-${worker}${ext}`
  return { ...options, target: { ...target, path } }
}
