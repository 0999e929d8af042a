import { journey } from './journey.ts'
import { seed } from './rigs/seed.ts'

journey(seed('RS256'), ['firefox'])
journey(seed('HS256'))
