// `npm run bench`: ratios to the same protocol library used bare, in the same run. Milliseconds depend on the machine;
// the ratios are what the README may speak of. `BASE=<another checkout, built> npm run bench` compares this build with
// that one instead, by what the package exports.
import { benchBuilds } from '../bench/builds.mjs'
import { benchBff } from '../bench/bff.mjs'
import { benchCalls } from '../bench/calls.mjs'
import { benchChromium } from '../bench/chromium.mjs'
import { benchNode } from '../bench/node.mjs'
import { benchRedisAway } from '../bench/redis-away.mjs'
import { benchStorm } from '../bench/storm.mjs'
import { howToInstall, missingTools } from './system-tools.mjs'

const missing = missingTools(['chromium'])
if (missing.length > 0) throw new Error(howToInstall(missing))

/**
 * @param {string} name
 * @param {number} ours
 * @param {number} theirs
 */
function line(name, ours, theirs) {
  const ratio = (ours / theirs).toFixed(2)
  console.log(`${name.padEnd(58)} ${ms(ours)} ${ms(theirs)} ${ratio.padStart(7)}`)
}
/** @param {number} time */
const ms = (time) =>
  (time < 0.01 ? `${(time * 1e6).toFixed(0)} ns` : `${time.toFixed(2)} ms`).padStart(12)

/** @param {string} ours @param {string} theirs */
const head = (ours, theirs) =>
  console.log(`${''.padEnd(58)} ${ours.padStart(12)} ${theirs.padStart(12)}   ratio`)

const base = process.env['BASE']
if (base) {
  head('this build', 'BASE')
  const { first, callback, reload, warm, cold, requests, renders } = await benchBuilds({ base })
  line('first load, to the knowledge that no user is signed in', first.now, first.base)
  line('callback to a token', callback.now, callback.base)
  line('reload to a token', reload.now, reload.base)
  line('warm getAccessToken()', warm.now, warm.base)
  line('cold getAccessToken(), one refresh', cold.now, cold.base)
  console.log(
    `  requests to the provider at callbacks and reloads: ${requests.now} and ${requests.base}`,
  )
  for (const name of Object.keys({ ...renders.now, ...renders.base })) {
    console.log(`  renders of a reader of ${name}: ${renders.now[name]} and ${renders.base[name]}`)
  }
  process.exit(0)
}

head('evertoken', 'bare')
for (const latency of [0, 20]) {
  const { callback, cold, warm } = await benchNode({ latency })
  const where = latency ? `${latency} ms network` : 'no network'
  line(`callback to signed in, everything verified, ${where}`, callback.evertoken, callback.bare)
  line(`cold getAccessToken(), one refresh, ${where}`, cold.evertoken, cold.bare)
  if (latency === 0) {
    const { evertoken, clocks, resolved, calls } = warm
    const speed = (/** @type {number} */ floor) => (floor / evertoken).toFixed(2)
    line(
      'warm getAccessToken(), `await` of a resolved promise',
      evertoken / calls,
      resolved / calls,
    )
    console.log(`  so ${speed(resolved)} of its speed; and, once both clocks are read before it:`)
    line('warm getAccessToken(), the same after both clocks', evertoken / calls, clocks / calls)
    console.log(`  so ${speed(clocks)} of its speed`)
  }
}
head('evertoken', 'plain')
const { proxied, check, upload } = await benchBff()
const { evertoken, byFetch, plain } = proxied
const perRequest = (/** @type {{ rate: number }} */ { rate }) => 1000 / rate
line('BFF, proxied GET of 1 KB, 32 at a time: CPU', evertoken.cpu, plain.cpu)
line('BFF, the same with `fetch`: CPU', byFetch.cpu, plain.cpu)
line('BFF, the same: time per request', perRequest(evertoken), perRequest(plain))
line('BFF, the same with `fetch`: time per request', perRequest(byFetch), perRequest(plain))
for (const [how, own] of /** @type {const} */ ([
  ["Node's own client", evertoken],
  ['fetch', byFetch],
])) {
  const rates = `${own.rate.toFixed(0)} requests/s, ${(own.rate / plain.rate).toFixed(2)}`
  const byCpu = (plain.cpu / own.cpu).toFixed(2)
  console.log(`  with ${how}: ${rates} of the plain pass-through's; by CPU ${byCpu} of it`)
}
console.log(`  one check of a session: ${(check * 1000).toFixed(0)} µs of CPU`)
console.log(`  50 MB up through it: at most ${(upload / 2 ** 20).toFixed(1)} MiB more are held`)
const away = await benchRedisAway()
console.log(
  away
    ? `  Redis killed: 503 after at most ${away.refused.toFixed(1)} ms; started again: back after at most ${away.back.toFixed(0)} ms`
    : '  Redis killed: not measured, there is no redis-server',
)
const storm = await benchStorm({ sessions: 2000 })
console.log(
  `  2000 sessions expire at once: ${storm.requests} token requests, ${storm.lost} sessions lost, ${storm.seconds.toFixed(1)} s at a provider that takes 100 ms`,
)
head('evertoken', 'bare')
const { callback, reload, holder, requests } = await benchChromium({ latency: 20 })
line(`callback in Chromium (${holder} vault), 20 ms network`, callback.evertoken, callback.bare)
line(
  `reload to a token in Chromium (${holder} vault), 20 ms network`,
  reload.evertoken,
  reload.bare,
)
console.log(`  requests to the provider meanwhile: ${requests.evertoken} and ${requests.bare}`)
const call = await benchCalls({ rounds: 1000 })
line('auth.fetch of 1 KB in Chromium, loopback; fetch', call.evertoken, call.bare)
console.log(`  requests beyond the calls themselves: ${call.further}`)
process.exit(0)
