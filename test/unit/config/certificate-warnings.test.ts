import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { certificateWarnings } from '../../../engine/config/certificate-warnings.ts'
import { certificateAuthority, type Subject } from '../../support/certificates.ts'

const DAY = 86_400_000

describe('Warnings about a certificate', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-warnings-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  function warnings(subject: Subject, apiAddress?: string, inDays = 0) {
    const { certFile } = certificateAuthority(folder).issue(subject)
    return certificateWarnings(
      { certificate: readFileSync(certFile, 'utf8'), file: '/engine.crt', apiAddress },
      new Date(Date.now() + inDays * DAY),
    )
  }

  const names = ['engine.example.com', '*.hosts.example.com']
  for (const [why, subject, apiAddress, inDays, says] of [
    ['is valid', { names }, undefined, 0, []],
    ['is for the address', { names }, 'https://engine.example.com:8200', 0, []],
    ['is for all names there', { names }, 'https://a.hosts.example.com', 0, []],
    ['is for the IP address', { addresses: ['10.1.2.3'] }, 'https://10.1.2.3:8200', 0, []],
    [
      'is for another IP address',
      { names },
      'https://[::1]:8200',
      0,
      ['is not valid for ::1, which'],
    ],
    [
      'is for another name',
      { names },
      'https://a.example',
      0,
      ['is not valid for a.example, which'],
    ],
    ['has expired', { names, days: -2 }, undefined, 0, ['has expired on 20']],
    ['is not valid yet', { names, startsIn: 1 }, undefined, 0, ['is not valid before 20']],
    ['has much time left', { names, days: 365 }, undefined, 330, []],
    ['has little time left', { names, days: 365 }, undefined, 336, ['expires soon, on 20']],
    ['has little left of a day', { names, days: 1 }, undefined, 0.95, ['expires soon, on 20']],
    ['has a month left of ten years', { names, days: 3650 }, undefined, 3600, []],
    [
      'has expired, and is for another name',
      { names, days: -2 },
      'https://a.example',
      0,
      ['has expired', 'is not valid for a.example'],
    ],
  ] as const)
    it(`tells of one that ${why}: ${says.join(', ') || 'nothing'}`, () => {
      const told = warnings(subject, apiAddress, inDays)
      expect(told).to.have.lengthOf(says.length)
      for (const [index, text] of says.entries())
        expect(told[index]).to.include(`the certificate in /engine.crt ${text}`)
    })
})
