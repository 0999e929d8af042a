/** How often a lone tab is reloaded at random moments, per engine. `npm run test:reloads` makes it 500. */
export const RELOADS = Number(process.env['RELOADS'] ?? 50)

/** Milliseconds for such a test. */
export const RELOADS_DEADLINE_MS = 120_000 + RELOADS * 2000
