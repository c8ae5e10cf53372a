import { expect } from 'chai'
import { type Answer, POSTERN } from './api.ts'

export const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** The whole of an enveloped answer of status 200, its request id apart, which must be one. */
export function expectReply(answer: Answer, expected: object): void {
  expect(answer.status, answer.text).to.equal(200)
  const { request_id: id, ...rest } = answer.body
  expect(id).to.match(UUID)
  expect(rest).to.deep.equal({
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data: null,
    wrap_info: null,
    warnings: null,
    auth: null,
    // what HashiCorp added and OpenBao has not
    ...(POSTERN && { mount_type: answer.body.mount_type }),
    ...expected,
  })
}

/** Exactly this failure. */
export function expectFailure(answer: Answer, status: number, ...errors: readonly string[]): void {
  expect({ status: answer.status, body: answer.body }).to.deep.equal({ status, body: { errors } })
}

/** A success with nothing to say. */
export function expectEmpty(answer: Answer): void {
  expect({ status: answer.status, text: answer.text }).to.deep.equal({ status: 204, text: '' })
}

/** The text of a failure in the manner of Go's list of errors. Contract §1.4. */
export const listed = (text: string) => `1 error occurred:\n\t* ${text}\n\n`
