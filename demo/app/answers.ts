import type { ProviderRequest, ProviderState } from './provider-switches.ts'

/** Status 200 alone proves nothing: an HTML page and an answer that the page may not read have it, too. */
export const isGood = ({ status, fault }: ProviderRequest) =>
  status !== undefined && status < 400 && !fault

/** Says in words which answer the page got. */
export function answer({ status, fault, error }: ProviderRequest): string {
  if (fault === 'hang') return 'silence'
  if (fault === 'no-cors' || fault === 'drop-answer') return 'answer lost'
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
  'drop-answer': 'the next answer gets lost',
}

/** Says in words what does not work now; `undefined` when everything does. */
export function broken({ faults }: ProviderState): string | undefined {
  const words = faults.map(({ mode, times }) => {
    const word = FAULTS[mode] ?? mode
    return times !== undefined && times > 1 ? `${word} ×${times}` : word
  })
  return words.length > 0 ? words.join(', ') : undefined
}
