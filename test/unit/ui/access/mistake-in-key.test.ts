import { expect } from 'chai'
import { mistakeInKey } from '../../../../engine/ui/access/mistake-in-key.ts'

describe('A key that is to be signed', () => {
  for (const line of [
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHx alice@laptop',
    '  sk-ssh-ed25519@openssh.com AAAAGnNr\n',
    'ecdsa-sha2-nistp256 AAAAE2Vj',
    'ssh-rsa AAAAB3NzaC1yc2E',
  ])
    it(`is sent if it is ${line.trim().split(' ')[0]}`, () => {
      expect(mistakeInKey(line)).to.equal(undefined)
    })

  for (const file of [
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n',
    '-----BEGIN RSA PRIVATE KEY-----',
    'ssh-ed25519 AAAA\n-----BEGIN EC PRIVATE KEY-----',
    'PuTTY-User-Key-File-3: ssh-ed25519',
  ])
    it(`is not sent if it is private: ${file.slice(0, 30)}`, () => {
      expect(mistakeInKey(file)).to.match(/private key/)
    })

  for (const text of ['', 'hello', '---- BEGIN SSH2 PUBLIC KEY ----', 'AAAAC3NzaC1lZDI1NTE5'])
    it(`is not sent if it is none: ${JSON.stringify(text)}`, () => {
      expect(mistakeInKey(text)).to.match(/no public key/)
    })
})
