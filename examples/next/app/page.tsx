import { Account } from './account'

export default function Page() {
  return (
    <main>
      <h1>Home</h1>
      <Account />
    </main>
  )
}
