import { journey } from './journey.ts'
import { seed } from './rigs/seed.ts'

journey(seed('RS256'))
journey(seed('HS256'))
