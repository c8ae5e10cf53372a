/** What to do about errors whose text is the same on other servers, so that it cannot say so itself. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^invalid key type$/, 'key_type is "otp", "ca" or "dynamic".'],
  [/^invalid key_bits field$/, 'key_bits is 1024, 2048, 3072, 4096 or 8192.'],
  [
    /^failed to parse public_key as SSH key: /,
    'public_key is the key itself. To send the content of a file, write public_key=@FILE.pub.',
  ],
  [/^Invalid IP "/, 'ip is an IP address. "postern ssh" takes names as well.'],
  [
    /^wrapping token is not valid or does not exist$/,
    'It is not a wrapping token, has expired, or was unwrapped before. If somebody else may have unwrapped it, replace the secret in it.',
  ],
  [
    /^invalid 'key': /,
    'No key has this name. "postern list SSH-MOUNT/keys" shows those that there are; "postern write SSH-MOUNT/keys/NAME key=@FILE" adds one.',
  ],
  [
    /^unknown algorithm signer /,
    'algorithm_signer is "default", "rsa-sha2-256", "rsa-sha2-512" or "ssh-rsa".',
  ],
  [/^unknown backend type: /, 'Types of audit devices: "file", "socket" and "syslog".'],
  [
    /^plugin not found in the catalog: /,
    'Postern has the secrets engine "ssh", and the auth methods "userpass", "approle", "jwt" and "oidc".',
  ],
  [
    /^authorization failed: access_denied$/,
    'The login was denied at the provider, by who opened the page or by the provider itself.',
  ],
  [
    /^authorization failed: expired_token$|^\w+ login failed\. Expired or missing OAuth state\.$/,
    'The login was not completed in time, or was completed before. Start it again with "postern login".',
  ],
  [
    /^\w+ login failed\. no device auth endpoint url discovered$/,
    'The provider has no device flow. With callback_mode=client, the role logs in users with a browser.',
  ],
  [
    /^unsupported algorithm /,
    'algorithm is "sha2-" or "sha3-" and one of 224, 256, 384 and 512, such as "sha2-256".',
  ],
  [
    /: expected [a-z ]+, got a list$/,
    'A name that is given more than once on the command line is sent as a list.',
  ],
  [
    /is rekeyed at sys\/(?:rekey-recovery-key|rotate\/recovery)$/,
    'With a seal key there are recovery shares instead of unseal shares: use -target=recovery.',
  ],
  [
    /is rekeyed at sys\/(?:rekey|rotate\/root)$/,
    'Without a seal key there are no recovery shares: leave out -target.',
  ],
]

/** What to do about an error of the server; `undefined` if it says so itself, or if nothing is known. */
export const hintFor = (errors: readonly string[]): string | undefined =>
  HINTS.find(([pattern]) => errors.some(text => pattern.test(text)))?.[1]
