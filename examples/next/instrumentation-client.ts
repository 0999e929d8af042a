import { auth } from './auth'

// Runs before Next reads the URL: it would put back what it has read.
auth.start()
