// What the client fetches later is there at once: time stands still in these tests, and loading takes real time.
import '../../src/client/modes/page-vault-chunk.ts'
import '../../src/client/sign-in/redirect-flow.ts'
