/** A program that runs ssh for its connections. */
export type CopyProgram = 'scp' | 'sftp' | 'rsync'
