/** The circumstances of a request that is answered without looking into the store. */
export const NOWHERE = {
  mount: {
    id: '',
    path: 'sys/',
    type: 'system',
    accessor: '',
    salt: '',
    hasRecords: false,
    naming: 'keyed' as const,
    defaultTtl: 0,
    maxTtl: 0,
    setTtl: 0,
  },
  caller: undefined,
  sent: {},
  address: '',
  leaseId: '',
}
