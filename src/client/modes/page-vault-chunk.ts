// The page vault, in a chunk of its own: fetched only where there is no worker.
export { threadEnvironment } from '../../vault/environment.ts'
export { openPageVault } from '../../vault/page/page-vault.ts'
