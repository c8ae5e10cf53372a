import { MemoryStore } from '../../../engine/storage/memory.ts'
import { storeContract } from './contract.ts'

storeContract('MemoryStore', async () => new MemoryStore())
