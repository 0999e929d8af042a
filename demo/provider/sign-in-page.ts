import { accounts } from './accounts.ts'
import { escapeHtml } from './escape-html.ts'
import { page } from './page.ts'

const CHOOSE = `Choose who you are. One click signs you in and allows the app to see your name and e-mail,
    and to keep you signed in.`
const CONFIRM = 'The app is about to do what needs more than a session. Confirm who you are.'

export interface Asked {
  client: string
  /** Where the form goes. */
  action: string
  /** Whether whoever is signed in should say so once more. */
  confirm: boolean
}

/** One click signs in and gives consent. There is nothing to type, because the users are made up. */
export function signInPage(
  { client, action, confirm }: Asked,
  current: string | undefined,
): string {
  const people = accounts
    .map(
      ({ sub, name, email, picture }) => `
      <li><button name="user" value="${sub}"${sub === (current ?? 'alice') ? ' autofocus' : ''}>
        <img src="${picture}" alt="" width="40" height="40">
        <span><strong>${name}</strong><small>${email}${sub === current ? ' · signed in here' : ''}</small></span>
      </button></li>`,
    )
    .join('')
  return page(
    'Sign in',
    `<h1>Sign in to <em>${escapeHtml(client)}</em></h1>
  <p>${confirm ? CONFIRM : CHOOSE}</p>
  <form method="post" action="${escapeHtml(action)}">
    <ul>${people}</ul>
    <button name="user" value="nobody" class="plain">Cancel</button>
  </form>`,
  )
}
