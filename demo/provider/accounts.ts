export interface Account {
  sub: string
  name: string
  given_name: string
  family_name: string
  email: string
  email_verified: boolean
  picture: string
}

const account = (sub: string, given: string, family: string, hue: number): Account => ({
  sub,
  name: `${given} ${family}`,
  given_name: given,
  family_name: family,
  email: `${sub}@example.com`,
  email_verified: true,
  picture: portrait(given[0]!, hue),
})

/** Draws a picture as a data URL, which needs no network. */
function portrait(letter: string, hue: number): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 55% 42%)"/><text x="20" y="27" font-family="sans-serif" font-size="20" text-anchor="middle" fill="white">${letter}</text></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

/** The users who can sign in here without a password, because they are made up. */
export const accounts: readonly Account[] = [
  account('alice', 'Alice', 'Adams', 265),
  account('bob', 'Bob', 'Brown', 150),
]

export const findAccount = (sub: string | undefined): Account | undefined =>
  accounts.find((one) => one.sub === sub)
