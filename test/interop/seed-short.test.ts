import { journey } from './journey.ts'
import { seed } from './rigs/seed.ts'

// The part that `npm test` runs, too.
journey(seed('RS256'), ['chromium'])
