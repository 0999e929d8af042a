import { journey } from './journey.ts'
import { lemonldap } from './rigs/lemonldap.ts'

journey(lemonldap)
