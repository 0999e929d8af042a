/**
 * The mark of a sign-out that the backend did not hear of yet, in `localStorage`: its cookie would bring the session back.
 * The page loads this file from the start: where no vault is open, it sets the mark itself.
 */
export const owedSignOut = (name: string): string => `${name}.sign-out`
