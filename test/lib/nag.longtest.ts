import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ENVIRONMENT_NAMES, type Environment } from '../../lib/environments.ts'
import { random } from '../random.ts'
import { checkNag, OPTIONS, together, VALIDATION } from './synthesised.ts'

const WITH_RULES = { [VALIDATION]: true }
const options = Object.values(OPTIONS)
const numbers = [...options.keys()]

/** Of two settings of the same property only one can be on. */
const exclude = (one: number, other: number) => Object.keys(options[one]!).some((key) => key in options[other]!)

/** Each two settings that can be on together, and a third one, which is off. */
function* pairsWithout(isOn: (number: number) => boolean): Generator<string> {
  for (const one of numbers.filter(isOn)) {
    for (const other of numbers.filter((number) => number > one && isOn(number))) {
      if (exclude(one, other)) continue
      for (const off of numbers) if (off !== one && off !== other && !isOn(off)) yield `${one} ${other} ${off}`
    }
  }
}

/**
 * Sets of settings, in which each two are on together while any third one is off: a setting may hide what two others do.
 * A synthesis for each two alone would take four times as long.
 */
function setsOfSettings(): ReadonlySet<number>[] {
  const sets: ReadonlySet<number>[] = []
  const missing = new Set(numbers.flatMap((off) => [...pairsWithout((number) => number !== off)]))
  const next = random(1)
  while (missing.size > 0) {
    const set = new Set<number>()
    for (const number of numbers.toSorted(() => next() - 0.5)) {
      if (next() < 0.65 && ![...set].some((other) => exclude(number, other))) set.add(number)
    }
    const found = [...pairsWithout((number) => set.has(number))].filter((each) => missing.delete(each))
    if (found.length > 0) sets.push(set)
  }
  return sets
}

describe('cdk-nag and the rules of CDK find nothing that is not acknowledged', () => {
  for (const name of ENVIRONMENT_NAMES) it(`in ${name}`, () => checkNag(name, {}, WITH_RULES))

  const sets = setsOfSettings()
  for (const [i, set] of sets.entries()) {
    const settings: Environment = together([...set].map((number) => options[number]!))
    it(`with ${set.size} settings at once, set ${i + 1} of ${sets.length}`, () => checkNag('dev', settings, WITH_RULES))
  }

  for (const [i, [what, one]] of Object.entries(OPTIONS).entries()) {
    for (const other of numbers.filter((number) => number > i && exclude(i, number))) {
      it(`with ${what}, which ${Object.keys(OPTIONS)[other]} replaces in part`, () =>
        checkNag('dev', { ...one, ...options[other] }, WITH_RULES))
    }
  }

  it('in any two settings that can be on together', () => {
    const together = numbers.flatMap((one) => numbers.filter((other) => other > one && !exclude(one, other)))
    assert.ok(together.length > 200, `${together.length} pairs`)
  })
})
