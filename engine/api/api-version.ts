/** The version of Vault whose API this is. From 1.17 on, Terraform's provider sends and reads all fields of roles. */
const SPOKEN = '1.19.0'

/**
 * The version that responses report. Clients compare it with the version of Vault that introduced a feature, and assume the enterprise
 * edition if the part after "+" contains "ent". So that part has only the numbers of Postern's own version.
 */
export const apiVersion = (own: string): string => `${SPOKEN}+postern.${own.replace(/[-+].*$/, '')}`
