// `evertoken/testing`: a client whose user, provider and refresh token are a test's own, and the contract of session stores.
export { createTestAuth } from './testing/auth/create-test-auth.ts'
export type {
  TestAuth,
  TestAuthOptions,
  TestExpiry,
  TestSession,
} from './testing/auth/test-auth.ts'
export { sessionStoreContract } from './testing/session-store-contract.ts'
export type {
  ContractCase,
  OpenedStore,
  SessionStoreContractOptions,
} from './testing/session-store/setup.ts'
