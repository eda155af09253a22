/**
 * `npm run test:mutants -- [--sample COUNT [--seed SEED]] [--comparisons] [--write] [FILE or FOLDER...]`: mutates the operators
 * and constants of the files of targets.ts, one at a time, and runs the tests that hold the file. Prints the share of each file
 * that a test finds; `--write` updates its row in docs/mutants.md. Ends with 1 when no test finds a comparison of a file of
 * which all are held.
 */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { random } from '../random.ts'
import { type Mutation, mutationsOf } from './operators.ts'
import { type Score, writeScore } from './scores.ts'
import { SourceCopy } from './source-copy.ts'
import { type Target, targetsIn } from './targets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const sourceOf = (file: string) => readFileSync(path.join(root, file), 'utf8')

interface Mutant extends Mutation {
  readonly target: Target
}

/** Some of them, each as likely as any other. */
function sampleOf(mutants: readonly Mutant[], count: number, seed: number): Mutant[] {
  const next = random(seed)
  return mutants
    .map((mutant) => ({ mutant, place: next() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, count)
    .map(({ mutant }) => mutant)
}

/** The tests that pass without a mutation: with these only can a failure be due to a mutant. */
async function assertTestsPass(copy: SourceCopy, tested: Set<string>, { file, tests }: Target): Promise<void> {
  const unknown = tests.filter((test) => !tested.has(test))
  for (const test of unknown) tested.add(test)
  if (!(await copy.passes(file, copy.original(file), unknown))) {
    throw new Error(`one of ${unknown.join(', ')} fails without a mutation`)
  }
}

const isKnown = ({ target, after }: Mutant) => target.equivalent.some((known) => known.after === after)

/** Printed as soon as it is known: a run over all files takes an hour, and a stop loses nothing. */
function printSurvivor(mutant: Mutant): void {
  if (isKnown(mutant)) return
  const { target, line, before, after, kind } = mutant
  const text = `${target.file}:${line}: no test fails when "${before}" reads "${after}"`
  if (kind === 'comparison' && target.isHeld) {
    console.error(text)
    process.exitCode = 1
  } else {
    console.log(text)
  }
}

/** Without those that are listed as changing nothing. */
function scoreOf(mutants: readonly Mutant[], survivors: readonly Mutant[]): Score {
  const unknown = survivors.filter((mutant) => !isKnown(mutant)).length
  const of = mutants.length - (survivors.length - unknown)
  return { found: of - unknown, of }
}

function printScore(target: Target, mutants: readonly Mutant[], survivors: readonly Mutant[]): void {
  const { found, of } = scoreOf(mutants, survivors)
  const percent = of === 0 ? 100 : Math.floor((100 * found) / of)
  console.log(`${target.file}: ${percent} %, ${found} of ${of} mutants fail a test`)
  const isWhole = chosen === all && !values.comparisons
  if (values.write && chosen === all) {
    const comparisons = (some: readonly Mutant[]) => some.filter(({ kind }) => kind === 'comparison')
    writeScore(target.file, scoreOf(comparisons(mutants), comparisons(survivors)), isWhole ? { found, of } : undefined)
  }
  if (!isWhole) return
  for (const { after } of target.equivalent) {
    if (survivors.some((mutant) => mutant.after === after)) continue
    console.error(`${target.file}: "${after}" is listed as changing nothing, but is no surviving mutant`)
    process.exitCode = 1
  }
}

/** Runs the tests of each, and prints the score of a file when its last mutant has been tested. */
async function test(mutants: readonly Mutant[]): Promise<void> {
  const survivors: Mutant[] = []
  const tested = new Set<string>()
  const waiting = [...mutants]
  const unfinished = [...mutants]
  const work = async () => {
    const copy = new SourceCopy()
    try {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const { target, mutated } = mutant
        await assertTestsPass(copy, tested, target)
        if (await copy.passes(target.file, mutated, target.tests)) {
          survivors.push(mutant)
          printSurvivor(mutant)
        }
        unfinished.splice(unfinished.indexOf(mutant), 1)
        const ofTarget = (some: readonly Mutant[]) => some.filter((one) => one.target === target)
        if (ofTarget(unfinished).length === 0) printScore(target, ofTarget(mutants), ofTarget(survivors))
      }
    } finally {
      copy.remove()
    }
  }
  await Promise.all(Array.from({ length: os.availableParallelism() }, work))
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    comparisons: { type: 'boolean' },
    write: { type: 'boolean' },
  },
})
const targets = targetsIn(positionals)
if (targets.length === 0) throw new Error(`test/mutation/targets.ts has nothing in ${positionals.join(', ')}`)
const all: Mutant[] = targets.flatMap((target) =>
  mutationsOf(sourceOf(target.file))
    .filter(({ kind }) => !values.comparisons || kind === 'comparison')
    .map((mutation) => ({ ...mutation, target })),
)
const chosen = values.sample === undefined ? all : sampleOf(all, Number(values.sample), Number(values.seed))
if (chosen.length < all.length) console.log(`${chosen.length} of ${all.length} mutants, chosen by seed ${values.seed}`)
await test(chosen)
