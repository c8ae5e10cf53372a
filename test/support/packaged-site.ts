import { copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { BareHost } from './bare-host.ts'
import type { Host } from './lab.ts'
import { MadePackages } from './made-packages.ts'
import type { Release } from './releases.ts'
import { Site } from './site.ts'

type Name = 'postern' | 'postern-helper'

const NAMES: readonly Name[] = ['postern', 'postern-helper']

/** Two versions, from the same sources. */
export const [OLD, NEW] = ['1.0.0', '2.0.0'] as const

/** Everything on a host but what programs of Debian note for themselves. */
const LISTING = `find /etc /usr /var /opt /root -not -path '/var/lib/dpkg/*' -not -path '/var/log/*' -not -path '/var/cache/*' | sort; cat /etc/passwd /etc/group`

/** A site whose hosts have nothing of Postern, and both packages, of Debian and in both versions, in /setup. */
export class PackagedSite {
  readonly site: Site
  #number = 51

  private constructor(site: Site) {
    this.site = site
  }

  static async start(versions: readonly string[] = [OLD, NEW]): Promise<PackagedSite> {
    using made = await MadePackages.make(versions)
    const site = await Site.start()
    for (const name of NAMES)
      for (const version of versions) {
        const path = made.file(name, version)
        copyFileSync(path, join(site.folder, basename(path)))
      }
    await BareHost.prepare(site)
    return new PackagedSite(site)
  }

  /** The path of a package on every host. */
  file(name: Name, version: string): string {
    return `/setup/${name}_${version}_amd64.deb`
  }

  /** A host without the helper of the other tests. */
  bareHost(release: Release, setup = ''): Promise<BareHost> {
    const number = this.#number++
    return BareHost.start(this.site, {
      ...{ name: `p${number}`, number, release },
      setup: `rm /usr/local/sbin/postern-helper\n${setup}`,
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.site[Symbol.asyncDispose]()
  }
}

/** Runs a command that must succeed. */
export async function must(host: Host, ...command: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await host.run(command, { timeout: 120_000 })
  expect(code, `${command.join(' ')}: ${stdout}${stderr}`).to.equal(0)
  return stdout
}

/** The same for a script. */
export const mustScript = (host: Host, script: string): Promise<string> =>
  must(host, 'bash', '-c', script)

/** The names of all files of a host, its users and its groups. */
export const listingOf = (host: Host): Promise<string> => mustScript(host, LISTING)

/** The lines that are in only one of two texts. */
export function differences(one: string, other: string): readonly string[] {
  const [lines, others] = [one.split('\n'), other.split('\n')]
  return [
    ...lines.filter(line => !others.includes(line)),
    ...others.filter(line => !lines.includes(line)),
  ]
}
