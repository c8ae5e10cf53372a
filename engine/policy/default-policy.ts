/** The initial text of the policy `default`, with which a token can manage itself. Contract §5.3. */
export const DEFAULT_POLICY = `# Tokens can look up, renew and revoke themselves,
path "auth/token/lookup-self" {
    capabilities = ["read"]
}
path "auth/token/renew-self" {
    capabilities = ["update"]
}
path "auth/token/revoke-self" {
    capabilities = ["update"]
}

# ask what they can do,
path "sys/capabilities-self" {
    capabilities = ["update"]
}
path "sys/internal/ui/resultant-acl" {
    capabilities = ["read"]
}

# see whom they act for,
path "identity/entity/id/{{identity.entity.id}}" {
    capabilities = ["read"]
}
path "identity/entity/name/{{identity.entity.name}}" {
    capabilities = ["read"]
}

# look up and renew leases, whose ids nobody can guess. A token can revoke the
# leases that it was given itself; that needs no policy, but a policy can deny it.
path "sys/leases/lookup" {
    capabilities = ["update"]
}
path "sys/leases/renew" {
    capabilities = ["update"]
}
path "sys/renew" {
    capabilities = ["update"]
}

# keep things of their own,
path "cubbyhole/*" {
    capabilities = ["create", "read", "update", "delete", "list"]
}

# and wrap and unwrap replies.
path "sys/wrapping/wrap" {
    capabilities = ["update"]
}
path "sys/wrapping/lookup" {
    capabilities = ["update"]
}
path "sys/wrapping/unwrap" {
    capabilities = ["update"]
}
path "sys/tools/hash" {
    capabilities = ["update"]
}
path "sys/tools/hash/*" {
    capabilities = ["update"]
}
`

/** The text of the policy `response-wrapping`, with which old clients read a wrapped response. */
export const WRAPPING_POLICY_TEXT = `path "cubbyhole/response" {
    capabilities = ["read"]
}
`
