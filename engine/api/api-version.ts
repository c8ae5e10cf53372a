/** The version of Vault whose interface this is: from 1.17 on Terraform's provider sends and reads all fields of roles. */
const SPOKEN = '1.19.0'

/**
 * The version that replies carry. Clients compare it with the versions of Vault that brought a feature, and take it for that of an edition with
 * more features if what is behind the "+" contains "ent": so of our own version the numbers alone stand there.
 */
export const apiVersion = (own: string): string => `${SPOKEN}+postern.${own.replace(/[-+].*$/, '')}`
