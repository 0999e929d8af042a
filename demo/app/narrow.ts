import { useSyncExternalStore } from 'react'

const query = matchMedia('(max-width: 760px)')

/** Whether the page is as narrow as a telephone; the style sheets have the same limit. */
export const useNarrow = () =>
  useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    () => query.matches,
  )
