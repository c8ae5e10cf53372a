# admin: everything that a root token may do, except what a policy cannot allow. "postern operator setup" gives it to the first
# administrator. A token of this policy expires, has a name in the audit log, and can be revoked: a root token has none of these.
path "*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"]
}
