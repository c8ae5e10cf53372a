import { parse } from 'node:path'
import type { DeviceOptions } from './device-options.ts'

/**
 * The options of a device as one worker uses them; as they are, where there is none. A file has one writer, so the second worker writes to
 * `audit-2.log` where the first one writes to `audit.log`; not to `audit.log.2`, which is what a rotated file is called. No file is that
 * of two devices or workers: what is called like one of a worker, such as `audit-2.log`, is `audit-2-1.log` to the first already.
 */
export function workerOptions(options: DeviceOptions, worker: number | undefined): DeviceOptions {
  const { target } = options
  if (worker === undefined || target.type !== 'file') return options
  const { dir, name, ext } = parse(target.path)
  if (worker === 1 && !/-\d+$/.test(name)) return options
  const path = `${dir === '/' ? '' : dir}/${name}-${worker}${ext}`
  return { ...options, target: { ...target, path } }
}
