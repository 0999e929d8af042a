import { interactionPolicy } from 'oidc-provider'

/** The authentication context of a user who has just confirmed who they are (RFC 9470). */
export const CONFIRMED = 'urn:evertoken:demo:confirmed'

export const asksToConfirm = (acrValues: unknown): boolean =>
  typeof acrValues === 'string' && acrValues.split(' ').includes(CONFIRMED)

/** oidc-provider takes `acr_values` for a wish (OpenID Connect Core §3.1.2.1). Here whoever lacks it is asked. */
export const confirmation = () =>
  new interactionPolicy.Check('confirmation', 'the user is to confirm who they are', (ctx) => {
    const { acr, params } = ctx.oidc
    return asksToConfirm(params?.['acr_values']) && acr !== CONFIRMED
      ? interactionPolicy.Check.REQUEST_PROMPT
      : interactionPolicy.Check.NO_NEED_TO_PROMPT
  })
