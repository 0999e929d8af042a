import { journey } from './journey.ts'
import { betterAuth } from './rigs/better-auth.ts'

journey(betterAuth)
