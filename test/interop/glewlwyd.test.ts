import { journey } from './journey.ts'
import { glewlwyd } from './rigs/glewlwyd.ts'

journey(glewlwyd)
