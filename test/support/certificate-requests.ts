import { type PublicKey, parsePublicKey } from '../../engine/openssh/public-key.ts'
import type { CertificateRequest } from '../../engine/ssh/ca/certificate-request.ts'
import type { CaRole } from '../../engine/ssh/role/role.ts'

export const ED25519 = parsePublicKey(
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGsJtKrSvKKWh4W3Sq0cS9Si5nB8gU1kN7gSFJ/tm0y7',
)
export const fido: PublicKey = {
  ...ED25519,
  type: 'sk-ssh-ed25519@openssh.com',
  family: 'sk-ed25519',
}

const ROLE: CaRole = {
  keyType: 'ca',
  defaultUser: 'ubuntu',
  allowedUsers: 'ubuntu, ops',
  ttl: 1800,
  maxTtl: 3600,
  notBeforeDuration: 30,
  defaultUserTemplate: false,
  allowedUsersTemplate: false,
  allowedDomains: 'example.com',
  allowedDomainsTemplate: false,
  allowedCriticalOptions: '',
  allowedExtensions: 'permit-pty',
  defaultCriticalOptions: {},
  defaultExtensions: { 'permit-pty': '' },
  defaultExtensionsTemplate: false,
  allowUserCertificates: true,
  allowHostCertificates: true,
  allowBareDomains: false,
  allowSubdomains: true,
  allowUserKeyIds: false,
  allowCommasInIdentityTemplates: false,
  allowEmptyPrincipals: false,
  keyIdFormat: '',
  allowedUserKeyLengths: {},
  algorithmSigner: 'default',
  issuerRef: 'default',
  fidoVerifyRequired: false,
  fidoNoTouchRequired: false,
}

export const NOW = new Date('2026-01-01T00:00:00Z')

/** Asks for a certificate of a role that allows `ubuntu` and `ops` for an hour. */
export const request = (
  asked: Partial<CertificateRequest> = {},
  role: Partial<CaRole> = {},
): CertificateRequest => ({
  role: { ...ROLE, ...role },
  roleName: 'web',
  key: ED25519,
  type: 'user',
  keyId: '',
  principals: '',
  ttl: 0,
  criticalOptions: {},
  extensions: {},
  displayName: 'token-ann',
  mount: { defaultTtl: 2_764_800, maxTtl: 2_764_800 },
  now: NOW,
  ...asked,
})
