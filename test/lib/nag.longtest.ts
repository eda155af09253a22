import { describe, it } from 'node:test'
import { checkNag, OPTIONS } from './synthesised.ts'

describe('cdk-nag finds nothing that is not acknowledged', () => {
  const options = Object.entries(OPTIONS)
  for (const [i, [what, one]] of options.entries()) {
    it(`with ${what} and each other optional setting`, () => {
      for (const [, other] of options.slice(i + 1)) checkNag('dev', { ...one, ...other })
    })
  }
})
