/** What the backend is for: a page that knows who is signed in, and never sees a token. */
export const page = `<!doctype html>
<meta charset="utf-8">
<title>evertoken: backend</title>
<p id="who">…</p>
<a href="/bff/login?returnTo=/">Sign in</a>
<button>Sign out</button>
<script type="module">
  const call = (path, method = 'GET') => fetch(path, { method, headers: { 'x-csrf': '1' } })
  const session = await (await call('/bff/session')).json()
  document.querySelector('#who').textContent = session.authenticated
    ? 'Signed in as ' + (session.claims.name ?? session.claims.sub)
    : 'Signed out'
  document.querySelector('button').onclick = async () => {
    const { redirectTo = '/' } = await (await call('/bff/logout', 'POST')).json()
    location.href = redirectTo
  }
</script>
`
