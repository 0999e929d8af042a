import { accounts } from './accounts.ts'
import { escapeHtml } from './escape-html.ts'
import { page } from './page.ts'

/** One click signs in and gives consent. There is nothing to type, because the users are made up. */
export function signInPage(client: string, action: string, current: string | undefined): string {
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
  <p>Choose who you are. One click signs you in and allows the app to see your name and e-mail,
    and to keep you signed in.</p>
  <form method="post" action="${escapeHtml(action)}">
    <ul>${people}</ul>
    <button name="user" value="nobody" class="plain">Cancel</button>
  </form>`,
  )
}
