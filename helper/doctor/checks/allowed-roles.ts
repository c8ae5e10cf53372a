import { check } from '../check.ts'
import { setKey } from '../mend.ts'

export const allowedRoles = check({
  name: 'allowed-roles',
  text: 'That allowed_roles and allowed_users name somebody.',
  dependsOn: ['configuration'],
  causes: {
    'no-role': 'allowed_roles is empty: every login is denied.',
    'no-user': 'allowed_users is empty: every login is denied.',
  },
  run: context => {
    const { roles, users } = context.config
    if (roles.length === 0)
      return {
        ...{ level: 'failure', cause: 'no-role' },
        says: 'allowed_roles is empty, which denies every login',
        mend: `${setKey(context, 'allowed_roles', '"*"')}   # or the roles that this host accepts`,
      }
    if (users?.length === 0)
      return {
        ...{ level: 'failure', cause: 'no-user' },
        says: 'allowed_users is empty, which denies every login',
        mend: `${setKey(context, 'allowed_users', '"*"')}   # or the users who may log in`,
      }
    return undefined
  },
})
