import { describe } from 'vitest'
import type { Rig } from './rig.ts'
import { setStage } from './stage.ts'
import { peopleSteps } from './steps/people.ts'
import { refreshSteps } from './steps/refresh.ts'
import { sessionSteps } from './steps/session.ts'
import { silenceSteps } from './steps/silence.ts'
import { createVisit, type Engine } from './visit.ts'

/** What an application does with a provider from the first sign-in to the last sign-out. */
export function journey(rig: Rig, engines: Engine[] = ['chromium', 'firefox']): void {
  describe(rig.name, () => {
    const stage = setStage(rig)
    describe.each(engines)('in %s', (engine) => {
      const visit = createVisit(rig, stage, engine)
      sessionSteps(visit)
      refreshSteps(visit)
      peopleSteps(visit)
      silenceSteps(visit)
    })
  })
}
