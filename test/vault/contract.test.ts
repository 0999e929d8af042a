import { vaultContract } from './contract.ts'

vaultContract('isolated')
vaultContract('shared')
vaultContract('worker')
