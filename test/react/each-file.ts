// Testing Library does this for the file that loads it first; all files share one page.
import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
// A busy machine has more than the second of Testing Library's own.
configure({ asyncUtilTimeout: 60_000 })
afterEach(cleanup)
