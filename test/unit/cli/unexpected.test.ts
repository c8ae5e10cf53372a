import { statSync } from 'node:fs'
import { expect } from 'chai'
import { ConnectionError } from '../../../engine/cli/connection-error.ts'
import { Failure } from '../../../engine/cli/failure.ts'
import { RequestError } from '../../../engine/cli/request-error.ts'
import { failureOf } from '../../../engine/cli/unexpected.ts'
import { Invalid } from '../../../shared/invalid.ts'

const URL_ = new URL('http://127.0.0.1:1/v1/a?b=s3cret')
const NO = { method: 'GET', url: URL_, status: 400, errors: ['no'], text: '', advice: undefined }

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('An unexpected error', () => {
  for (const [why, error, code, message] of [
    ['a failure', new Failure('no', 2), 2, /^no$/],
    ['a refusal', new RequestError(NO), 2, /^Error making API request.*\* no$/s],
    [
      'no answer',
      new ConnectionError({ url: URL_, deadline: 1, proxy: undefined }, new Error('x')),
      2,
      /^no answer from http:\S+1: x$/,
    ],
    ['what is not valid', new Invalid('no number'), 1, /^no number$/],
    ['an error of the system', thrownBy(() => statSync('/dev/null/none')), 1, /^ENOTDIR: [^\n]+$/],
    [
      'a bug',
      thrownBy(() => (undefined as unknown as string).trim()),
      1,
      /^this is a bug in postern: TypeError: [^\n]+\nPOSTERN_DEBUG=1 shows where it is\.$/,
    ],
    ['what is no error', 'a\nb', 1, /^this is a bug in postern: a b\n/],
  ] as const)
    it(`is reported in one line when it is ${why}`, () => {
      const failure = failureOf(error, {})
      expect(failure.message).to.match(message)
      expect(failure.exitCode).to.equal(code)
    })

  it('has a stack for who looks for it', () => {
    const { message } = failureOf(new TypeError('x'), { POSTERN_DEBUG: '1' })
    expect(message).to.match(/^TypeError: x\n {4}at /)
  })
})
