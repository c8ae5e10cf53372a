import { expect } from 'chai'
import { requireOptionValues } from '../../../engine/openssh/key-option-values.ts'
import { parseKeyOptions } from '../../../engine/openssh/key-options.ts'
import { Invalid } from '../../../shared/invalid.ts'

const NOW = new Date('2026-06-01T00:00:00Z')

describe('Values of options of an installed key', () => {
  for (const text of [
    'no-pty',
    'from="10.0.0.0/8,!10.1.0.0/16"',
    'from="*.example.com,192.0.2.?,fd77::/64,::1"',
    'expiry-time="20270101"',
    'expiry-time="202701011200Z"',
    'expiry-time="20270101120059"',
    'tunnel="any"',
    'tunnel="0"',
    'permitopen="[::1]:80",permitopen="db.example.com:*",permitlisten="8080",permitlisten="localhost:http"',
    'environment="A=b",command="true"',
  ])
    it(`are taken: ${text}`, () => requireOptionValues(parseKeyOptions(text), NOW))

  for (const text of [
    'from="10.77.0.0/33"',
    'from="10.0.0.1/8"',
    'from="fd77::1/64"',
    'from=""',
    'from="10.0.0.1,"',
    'from="!10.0.0.1"',
    'from="10.77.0.1,!10.77.0.1"',
    'from="a b"',
    'expiry-time="garbage"',
    'expiry-time="20200101"',
    'expiry-time="20270231"',
    'Expiry-Time="2027010112"',
    'tunnel="x"',
    'permitopen="80"',
    'permitopen="a:0"',
    'permitlisten="*:0"',
    'permitlisten="70000"',
    'environment="=x"',
  ])
    it(`are refused: ${text}`, () =>
      expect(() => requireOptionValues(parseKeyOptions(text), NOW)).to.throw(Invalid))
})
