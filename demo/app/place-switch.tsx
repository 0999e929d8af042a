import { moveTo, place, PLACES, type Place } from './place.ts'

const NAMES: Record<Place, string> = {
  worker: 'a worker',
  page: 'this page',
  mediated: 'a backend, mediated',
  proxied: 'a backend, proxied',
}

/** Moves the refresh token to another place: the page is the same, and begins anew. */
export function PlaceSwitch() {
  return (
    <fieldset className="places">
      <legend>Keep it in</legend>
      <div className="segments">
        {PLACES.map((one) => (
          <label key={one}>
            <input type="radio" name="place" checked={one === place} onChange={() => moveTo(one)} />
            <span>{NAMES[one]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
