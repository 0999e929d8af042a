import { findNodeModule } from '../environment.ts'
import type { UpstreamFetch } from '../http/exchanges.ts'
import { createNodeFetch } from './create-node-fetch.ts'
import type { HttpModule } from './http-types.ts'

/** @returns undefined where this is not Node */
export function findOwnClient(): UpstreamFetch | undefined {
  const http = findNodeModule('http') as HttpModule | undefined
  const https = findNodeModule('https') as HttpModule | undefined
  return http && https && createNodeFetch({ http, https })
}
