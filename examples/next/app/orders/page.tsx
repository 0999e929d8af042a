import { SignedIn } from 'evertoken'
import { Account } from '../account'

// A component of the server's with a guard in it: the package says by itself that it is the client's.
export default function Page() {
  return (
    <main>
      <h1>Orders</h1>
      <SignedIn>
        <p>Three orders.</p>
      </SignedIn>
      <Account />
    </main>
  )
}
