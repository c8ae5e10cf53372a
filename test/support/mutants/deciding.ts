/** The sources that decide whether a login succeeds, and what they read it from. */
export const DECIDING: readonly string[] = [
  'helper/ask.ts',
  'helper/check-signature.ts',
  'helper/decide.ts',
  'helper/http-reply.ts',
  'helper/login.ts',
  'helper/pam.ts',
  'helper/sealed-request.ts',
  'shared/ed25519.ts',
  'shared/host-signature.ts',
  'shared/sealed-secret.ts',
  'shared/signed-text.ts',
  'shared/verification.ts',
  'shared/verify-signature.ts',
  'engine/ssh/host/authenticate-host.ts',
  'engine/ssh/otp/mismatch.ts',
  'engine/ssh/otp/otps.ts',
  'engine/ssh/otp/presented-secret.ts',
  'engine/ssh/otp/remembered-reply-keys.ts',
  'engine/ssh/otp/reply-keys.ts',
  'engine/ssh/otp/self-test-paths.ts',
  'engine/ssh/otp/signed-answer.ts',
  'engine/ssh/otp/tombstones.ts',
  'engine/ssh/otp/verify-paths.ts',
]

/** Tests of those in the engine through other paths. */
export const DECIDING_TESTS: readonly string[] = [
  'test/unit/ssh/otp/**/*.test.ts',
  'test/unit/ssh/host/{authenticate-host/*,authenticate-host,enroll-paths}.test.ts',
]
