import './vault/worker/entry.ts'
