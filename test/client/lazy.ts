// What the client fetches later is there at once: time stands still in these tests, and loading takes real time.
import '../../src/client/modes/browser-sign-in.ts'
import '../../src/client/modes/open-page-vault.ts'
import '../../src/client/modes/bff-sign-in.ts'
import '../../src/client/modes/open-bff-vault.ts'
import '../../src/client/sign-in/write-records.ts'
import '../../src/client/on-demand.ts'
import '../../src/client/session/check-user.ts'
