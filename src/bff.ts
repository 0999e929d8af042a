// `evertoken/bff`: the backend for frontends, for every server that speaks Request and Response.
export { createBff, type Bff } from './bff/create-bff.ts'
export type { BffEvent, SessionEndReason } from './bff/events.ts'
export type { BffKey, BffOptions, DpopKey, ProxyRoute, WebSocketRoute } from './bff/options.ts'
export type { AuthorizedUpgrade, Upgrade } from './bff/proxy/upgrade.ts'
export { createMemoryStore, type MemoryStoreOptions } from './bff/sessions/memory-store.ts'
export {
  sealedCookies,
  type SealedCookies,
  type SealedCookiesOptions,
} from './bff/sessions/sealed-cookies.ts'
export type {
  NewSessionRecord,
  RefreshPhase,
  SessionIndex,
  SessionRecord,
  SessionStore,
} from './bff/sessions/session-store.ts'
export type { ClientAuthentication } from './oauth/client-authentication.ts'
export type { ServerSession, SessionAnswer, SessionClaims, SignedInAnswer } from './bff-protocol.ts'
export { WEB_SOCKET_SESSION_ENDED } from './bff-protocol.ts'
