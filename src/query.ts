'use client'

export { AuthQueryBinding, type AuthQueryBindingProps } from './query/auth-query-binding.tsx'
export { bindQueryClient, type BindOptions, type CacheCopy } from './query/bind-query-client.ts'
export {
  protectedMutationFn,
  protectedQueryFn,
  type ProtectedCall,
  type ProtectedMutationOptions,
} from './query/protected-functions.ts'
export { ResponseError } from './query/response-error.ts'
export { retryUnlessRefused } from './query/retry.ts'
export { sessionPersister, type Persister } from './query/session-persister.ts'
export { userInfoQueryOptions } from './query/user-info-query-options.ts'
