import { describe, it } from 'node:test'
import { ENVIRONMENT_NAMES } from '../../lib/environments.ts'
import { quickOrThorough } from '../thorough.ts'
import { checkNag, OPTIONS, together } from './synthesised.ts'

describe('cdk-nag finds nothing that is not acknowledged', () => {
  for (const name of ENVIRONMENT_NAMES) it(`in ${name}`, () => checkNag(name))

  // in each half, a setting is on with others: alone, a finding is only easier to attribute
  for (const [what, more] of quickOrThorough([], Object.entries(OPTIONS))) {
    it(`with ${what}`, () => checkNag('dev', more))
  }

  /** Half of the settings each: two of them are together in one, unless their numbers differ in every bit. */
  for (let bit = 1; bit < Object.keys(OPTIONS).length; bit *= 2) {
    for (const side of [0, bit]) {
      const half = Object.values(OPTIONS).filter((_, number) => (number & bit) === side)
      it(`with half of them at once: bit ${bit}, ${side ? 'set' : 'not set'}`, () => checkNag('prod', together(half)))
    }
  }
})
