// Loaded beforehand: fetching a chunk takes real time, and time here only passes when it is told to.
import '../../src/client/actions.ts'
import '../../src/client/alive.ts'
import '../../src/client/fallback.ts'
