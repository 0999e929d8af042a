import './vault/worker.ts'
