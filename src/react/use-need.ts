import { useMemo } from 'react'
import type { AccessTokenNeed } from '../core.ts'

/** The same object for equal needs: components write them inline. */
export function useNeed({ resource, scope }: AccessTokenNeed): AccessTokenNeed {
  const key = JSON.stringify([resource, scope])
  // The key says all that the need is made of.
  // oxlint-disable-next-line react/exhaustive-deps
  return useMemo(() => ({ resource, scope }), [key])
}
