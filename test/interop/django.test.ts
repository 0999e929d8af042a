import { journey } from './journey.ts'
import { django } from './rigs/django.ts'

journey(django)
