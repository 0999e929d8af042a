// `evertoken/bff/node`: the backend on Node's http and on Express.
export { toNodeHandler, type NodeHandler } from './bff/node/to-node-handler.ts'
export { createNodeFetch } from './bff/node/create-node-fetch.ts'
export type { UpstreamFetch } from './bff/http/exchanges.ts'
export { shutDown } from './bff/node/shut-down.ts'
export { toUpgradeHandler, type UpgradeHandler } from './bff/node/to-upgrade-handler.ts'
