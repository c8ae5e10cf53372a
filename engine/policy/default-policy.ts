/** The initial text of the policy `default`, with which a token can manage itself. Contract §5.3. */
export const DEFAULT_POLICY = `# Look up, renew and revoke the token itself.
path "auth/token/lookup-self" {
    capabilities = ["read"]
}
path "auth/token/renew-self" {
    capabilities = ["update"]
}
path "auth/token/revoke-self" {
    capabilities = ["update"]
}

# Read the capabilities of the token.
path "sys/capabilities-self" {
    capabilities = ["update"]
}
path "sys/internal/ui/resultant-acl" {
    capabilities = ["read"]
}

# Read the entity of the token.
path "identity/entity/id/{{identity.entity.id}}" {
    capabilities = ["read"]
}
path "identity/entity/name/{{identity.entity.name}}" {
    capabilities = ["read"]
}

# Look up and renew leases, whose ids cannot be guessed. A token can revoke its
# own leases without a policy, unless a policy denies it.
path "sys/leases/lookup" {
    capabilities = ["update"]
}
path "sys/leases/renew" {
    capabilities = ["update"]
}
path "sys/renew" {
    capabilities = ["update"]
}

# Use the cubbyhole of the token.
path "cubbyhole/*" {
    capabilities = ["create", "read", "update", "delete", "list"]
}

# Wrap and unwrap responses, and hash data.
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
