import { accessSync, constants, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { check } from '../check.ts'
import type { Context } from '../context.ts'
import { quoted } from '../mend.ts'

export const disk = check({
  name: 'disk',
  text: 'That the directories of logs and of what timers fetch have room, and can be written.',
  dependsOn: ['configuration'],
  causes: {
    full: 'A disk is full: lines of the log are lost, and revocations no longer reach this host.',
    'read-only':
      'A directory cannot be written: what timers fetch, such as revocations, is not installed.',
  },
  run: context => {
    const folders = foldersOf(context)
    const full = folders.find(folder => isFull(folder))
    if (full !== undefined)
      return {
        ...{ level: 'failure', cause: 'full' },
        says: `the disk of ${full} is full`,
        mend: `du -xah ${quoted(full)} | sort -h | tail   # remove what is not needed, or journalctl --vacuum-size=100M`,
      }
    // services see other mounts than the host
    if (process.env.INVOCATION_ID !== undefined) return undefined
    const fixed = folders.find(folder => !isWritable(folder))
    return fixed === undefined
      ? undefined
      : {
          ...{ level: 'warning', cause: 'read-only' },
          says: `${fixed} is read-only: timers, "enroll" and "setup" cannot change anything there`,
          mend: `mount -o remount,rw ${quoted(mountOf(fixed))}`,
        }
  },
})

/** Directories that the helper and its timers write to, if they are there. */
function foldersOf({ config, configFile, host }: Context): readonly string[] {
  const folders = [
    dirname(config.logFile ?? '/var/log/auth.log'),
    config.stateDirectory,
    '/etc/ssh',
    dirname(configFile),
  ]
  return folders.filter(folder => host.stat(folder) !== undefined)
}

function isFull(folder: string): boolean {
  try {
    const { bavail, blocks, ffree, files } = statfsSync(folder)
    return (blocks > 0 && bavail === 0) || (files > 0 && ffree === 0)
  } catch {
    return false
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** The directory where its file system is mounted. */
function mountOf(folder: string): string {
  let at = folder
  while (at !== '/' && statSync(dirname(at)).dev === statSync(at).dev) at = dirname(at)
  return at
}
