import { string } from '../../../shared/field.ts'

/** The flag of commands about one SSH secrets engine, and the longer name that `ssh` has for it. */
export const MOUNT = {
  mount: string({ description: 'Path of the SSH secrets engine.', default: 'ssh' }),
}

export const MOUNT_ALIAS = { 'mount-point': 'mount' }
