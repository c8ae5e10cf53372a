import { expect } from 'chai'
import { parseKeyOptions } from '../../engine/openssh/key-options.ts'
import { parseKnownHosts } from '../../engine/openssh/known-hosts.ts'
import { readPem } from '../../engine/openssh/pem.ts'
import { parsePublicKey } from '../../engine/openssh/public-key.ts'
import { draftOf } from '../../engine/ssh/ca/modifiers.ts'
import { objection } from '../../engine/ssh/ca/validators.ts'
import { installedLines } from '../../engine/ssh/dynamic/installed-lines.ts'
import { request } from '../support/certificate-requests.ts'
import { processorTime } from '../support/processor-time.ts'

/** Readers of what hosts, clients and files of others say. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'the lines of a host': text => installedLines([text, ...text.split('\n')], '0a'),
  known_hosts: text => parseKnownHosts(text).map(each => each.matches('192.0.2.1')),
  'options of a key': parseKeyOptions,
  'a public key': parsePublicKey,
  'a private key': readPem,
  'a key id': text => judged({ keyId: text }),
  principals: text => judged({ principals: text }),
  'principals of a host': text => judged({ principals: text, type: 'host' }),
  'the value of an option': text => judged({ criticalOptions: { 'force-command': text } }),
}

const ROLE = { allowUserKeyIds: true, allowedUsers: '*', allowedDomains: '*' }

function judged(asked: Parameters<typeof request>[0]): unknown {
  const made = request(asked, ROLE)
  return objection(made, draftOf(made))
}

/** Texts that expressions try from every place in them, or in many ways. */
const TEXTS: Readonly<Record<string, (size: number) => string>> = {
  'one word': size => 'a'.repeat(size),
  'a word before a marker': size => `${'a'.repeat(size)} postern:0a:`,
  'key material': size => `ssh-rsa AAAA${'A'.repeat(size)} postern:0a:x`,
  blanks: size => `a${' '.repeat(size)}b`,
  tabs: size => `${'\t'.repeat(size)}x`,
  dots: size => '.'.repeat(size),
  'labels of a host': size => 'a-'.repeat(size / 2),
  commas: size => ','.repeat(size),
  'commas and blanks': size => ' , '.repeat(size / 3),
  stars: size => `${'*a'.repeat(size / 2)} ssh-rsa AAAA`,
  'an open quote': size => `from="${'\\"'.repeat(size / 2)}`,
  options: size => 'no-pty,'.repeat(size / 7),
  percent: size => `ssh-rsa AAAA postern:0a:${'%20'.repeat(size / 3)}!`,
  lines: size => 'a\n'.repeat(size / 2),
  dashes: size => '-'.repeat(size),
  'a private key without an end': size =>
    `-----BEGIN PRIVATE KEY-----\n${'AAAA\n'.repeat(size / 5)}`,
}

const SMALL = 16_384
const FACTOR = 16

describe('Time that reading takes', () => {
  const time = (read: (text: string) => unknown, text: string): Promise<number> =>
    processorTime(() => {
      try {
        read(text)
      } catch {
        // to refuse may not take longer either
      }
    })
  const shortest = async (read: (text: string) => unknown, text: string): Promise<number> =>
    Math.min(await time(read, text), await time(read, text), await time(read, text))

  for (const [what, read] of Object.entries(READERS))
    it(`grows with the length of ${what}, and not faster`, async () => {
      for (const [which, make] of Object.entries(TEXTS)) {
        const small = await shortest(read, make(SMALL))
        const large = await shortest(read, make(SMALL * FACTOR))
        // what is quadratic takes 256 times as long, which is half a minute and more; what is short may vary
        expect(large, which).to.be.below(Math.max(small * FACTOR * 6, 3000))
      }
    })
})
