import { accounts } from './accounts.ts'
import { escapeHtml } from './escape-html.ts'

/** One click signs in and allows: there is nothing to type, for nobody here is real. */
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
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
<style>${style}</style>
<main>
  <p class="who">OpenID provider, in memory</p>
  <h1>Sign in to <em>${escapeHtml(client)}</em></h1>
  <p>Choose who you are. One click signs you in and allows the app to see your name and e-mail,
    and to keep you signed in.</p>
  <form method="post" action="${escapeHtml(action)}">
    <ul>${people}</ul>
    <button name="user" value="nobody" class="plain">Cancel</button>
  </form>
</main>
</html>`
}

const style = `
:root { color-scheme: light dark; --line: #d4d7de; --soft: #5a6070; --card: #fff; --back: #f3f4f7; --ink: #171a21; --blue: #2456d6 }
@media (prefers-color-scheme: dark) { :root { --line: #3a4150; --soft: #a3abbb; --card: #1c212b; --back: #11141a; --ink: #eceff5; --blue: #8fb0ff } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back) }
main { width: min(26rem, 100%); padding: 2rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card) }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.2 } h1 em { font-style: normal; color: var(--blue) }
p { margin: 0 0 1.25rem; color: var(--soft) } .who { margin: 0 0 .25rem; font-size: .8125rem }
ul { display: grid; gap: .75rem; margin: 0 0 1rem; padding: 0; list-style: none }
button { font: inherit; color: inherit; cursor: pointer; border: 1px solid var(--line); border-radius: .75rem; background: none }
li button { display: flex; align-items: center; gap: .875rem; width: 100%; padding: .75rem; text-align: start }
li img { border-radius: 50% } li strong, li small { display: block } li small { color: var(--soft) }
button:hover { border-color: var(--blue) } button:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px }
.plain { border-color: transparent; padding: .5rem .75rem; color: var(--soft) }`
