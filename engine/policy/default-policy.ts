/** The text of the policy `default`, until somebody writes another: it lets a token look after itself. Contract §5.3. */
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

/** The text of the policy `response-wrapping`: the token of a wrapped reply can fetch it in the way of old clients. */
export const WRAPPING_POLICY_TEXT = `path "cubbyhole/response" {
    capabilities = ["read"]
}
`
