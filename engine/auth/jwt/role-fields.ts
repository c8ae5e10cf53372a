import {
  boolean,
  integer,
  keyValues,
  list,
  map,
  name,
  signedDuration,
  string,
} from '../../../shared/field.ts'
import { tokenFields } from '../token-fields.ts'

/** The fields of a role of the jwt method. Contract §4.9. */
export const roleFields = {
  ...tokenFields,
  name: name({ default: '', description: 'Name of the role, case-insensitive.' }),
  role_type: string({ description: '"jwt" or "oidc". Defaults to "oidc".' }),
  user_claim: string({
    required: 'for a new role',
    description: 'Claim with the unique name of the user.',
  }),
  user_claim_json_pointer: boolean({
    description: 'Whether user_claim is a JSON pointer.',
  }),
  groups_claim: string({
    description: 'Claim with the names of the external groups of the user.',
  }),
  bound_audiences: list({ description: 'Audiences, of which the token must have one.' }),
  bound_subject: string({ description: 'Subject that the token must have.' }),
  bound_claims: map({ description: 'Map of claims to the values that they must have.' }),
  bound_claims_type: string({
    description: '"string", or "glob" for values with "*" as a wildcard. Defaults to "string".',
  }),
  claim_mappings: keyValues({
    description: 'Map of claims to the metadata keys that they are copied to.',
  }),
  expiration_leeway: signedDuration({
    description: 'How long a token without an expiration time is valid; 0 for 150 seconds.',
  }),
  not_before_leeway: signedDuration({
    description:
      'How long before its expiration a token without a not-before time is valid; 0 for 150 seconds.',
  }),
  clock_skew_leeway: signedDuration({
    description: 'Accepted clock skew; 0 for 60 seconds, -1 for none.',
  }),
  oidc_scopes: list({
    description: 'Scopes to request from the provider, besides "openid".',
  }),
  verbose_oidc_logging: boolean({
    default: false,
    description: 'Not supported: tokens are never logged.',
  }),
  max_age: integer({ default: 0, description: 'Not supported.' }),
  token_policies_template_claims: boolean({ default: false, description: 'Not supported.' }),
  allowed_redirect_uris: list({
    description: 'Allowed redirect URIs of OIDC logins.',
  }),
  callback_mode: string({
    description:
      '"client" for logins with a browser that is redirected to the command line, or "device" for the device flow. Defaults to "client".',
  }),
  poll_interval: integer({
    description:
      'Seconds between the polls of the device flow. Defaults to what the provider says, else 5.',
  }),
  oidc_disable_confirmation: boolean({ default: false, description: 'Not supported.' }),
}
