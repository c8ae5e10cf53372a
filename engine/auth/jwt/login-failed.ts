import { ApiError } from '../../api/errors.ts'

/** How the texts of failed logins begin, which Vault's page looks for. */
export const LOGIN_FAILED = 'Vault login failed. '

export const loginFailed = (text: string): ApiError => new ApiError('invalid', LOGIN_FAILED + text)

/** The answer to a state that is not authentic, too old or used up. */
export const stateMissing = (): ApiError => loginFailed('Expired or missing OAuth state.')
