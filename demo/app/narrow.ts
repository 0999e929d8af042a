import { useSyncExternalStore } from 'react'

const query = matchMedia('(max-width: 760px)')

/** Whether what is drawn has a telephone's width; the style sheets have the same limit. */
export const useNarrow = () =>
  useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    () => query.matches,
  )
