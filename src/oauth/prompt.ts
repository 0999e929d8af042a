/**
 * The `prompt` of an authorization request (OpenID Connect Core §3.1.2.1); undefined where there is nothing to say.
 * @param asksConsent without it some providers give no refresh token (§11)
 */
export function promptOf(prompt: string | undefined, asksConsent: boolean): string | undefined {
  const prompts = new Set(prompt?.split(' ').filter(Boolean))
  // `none` stands alone.
  if (asksConsent && !prompts.has('none')) prompts.add('consent')
  return prompts.size > 0 ? [...prompts].join(' ') : undefined
}
