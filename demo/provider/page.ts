/** Makes a page of the provider; all look like this one, light and dark. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
<main>
  <p class="who">OpenID provider, in memory</p>
  ${body}
</main>
</html>`

const style = `
:root { color-scheme: light dark; --line: #d4d7de; --soft: #5a6070; --card: #fff; --back: #f3f4f7; --ink: #171a21; --blue: #2456d6 }
@media (prefers-color-scheme: dark) { :root { --line: #3a4150; --soft: #a3abbb; --card: #1c212b; --back: #11141a; --ink: #eceff5; --blue: #8fb0ff } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back) }
main { width: min(26rem, 100%); padding: 2rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card) }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.2 } h1 em { font-style: normal; color: var(--blue) }
p { margin: 0 0 1.25rem; color: var(--soft) } p:last-child { margin: 0 } .who { margin: 0 0 .25rem; font-size: .8125rem }
ul { display: grid; gap: .75rem; margin: 0 0 1rem; padding: 0; list-style: none }
button { font: inherit; color: inherit; cursor: pointer; border: 1px solid var(--line); border-radius: .75rem; background: none }
li button { display: flex; align-items: center; gap: .875rem; width: 100%; padding: .75rem; text-align: start }
li img { border-radius: 50% } li strong, li small { display: block } li small { color: var(--soft) }
button:hover { border-color: var(--blue) } button:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px }
.plain { display: block; width: 100%; padding: .625rem; color: var(--soft) }`
