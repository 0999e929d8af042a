/** `state` of an end-session request: it comes back from the provider (RP-Initiated Logout §2), and is taken out of the address bar. */
export const signedOutState = (name: string): string => `${name}.signed-out`
