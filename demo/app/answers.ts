import type { ProviderRequest, ProviderState } from './provider-switches.ts'

/** A page instead of an answer comes with status 200 too; so does an answer that the page may not read. */
export const isGood = ({ status, fault }: ProviderRequest) =>
  status !== undefined && status < 400 && !fault

/** The answer as the page had it. */
export function answer({ status, fault, error }: ProviderRequest): string {
  if (fault === 'hang') return 'silence'
  if (fault === 'no-cors') return 'answer lost'
  if (fault === 'reset') return 'connection lost'
  if (fault === 'html') return '200 HTML'
  return status === undefined ? 'asked' : `${status}${error ? ` ${error}` : ''}`
}

const FAULTS: Record<string, string> = {
  reset: 'the network is away',
  hang: 'no answer',
  html: 'HTML for an answer',
  '429-retry-after': '429',
  'no-cors': 'the next answer gets lost',
}

/** What does not work now, in words; `undefined` when everything does. */
export function broken({ faults }: ProviderState): string | undefined {
  const words = faults.map(({ mode, times }) => {
    const word = FAULTS[mode] ?? mode
    return times !== undefined && times > 1 ? `${word} ×${times}` : word
  })
  return words.length > 0 ? words.join(', ') : undefined
}
