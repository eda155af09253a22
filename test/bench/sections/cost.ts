import { KEYS_PER_CHILD } from '../../../functions/shared/names.ts'
import { environmentNamed } from '../../../lib/environments.ts'
import type { BenchContext } from '../bench-context.ts'
import { bundledFunction, type Cost, MB_PER_CPU, warmFunction } from '../lambda.ts'
import { median } from '../measure.ts'
import { backfillDollars, logDollars, MESSAGE_DOLLARS, PRICE, requestsDollars, shownDollars } from '../prices.ts'

const MEMORIES_MB = [256, 512, 1024, MB_PER_CPU, 3008]
const ROUNDS = 5
/** Of the cost in total. */
const DEARER_AT_MOST = 1.05

interface Kind {
  readonly name: string
  readonly rows: number
  readonly files: number
  /** Files in each round. */
  readonly perRound: number
}

/** Dollars for all files of a kind. */
interface Dollars {
  readonly compute: number
  readonly requests: number
  readonly logs: number
  readonly total: number
}

export async function cost(bench: BenchContext): Promise<void> {
  const { rows, say, at } = bench
  const { file } = bundledFunction(at('bundle'))
  const kinds: Kind[] = [
    { name: 'a million files of 35,000 rows', rows: 35_000, files: 1e6, perRound: 5 },
    { name: `a thousand files of ${rows / 1e6} M rows`, rows, files: 1e3, perRound: 1 },
  ]
  say(
    'Dollars in us-east-1 without free tiers, for arm64. Processor time was measured on the machine of this page, limited to the share of a processor that Lambda gives for the memory.',
  )
  say()
  say('| files | memory | time of one file | GB-s | GB-s and invocations | S3 and SQS | logs | total |')
  say('|---|---|---|---|---|---|---|---|')
  const totals = new Map<number, Dollars[]>()
  for (const kind of kinds) {
    for (const memoryMB of MEMORIES_MB) {
      const dollars = await costRow(bench, file, kind, memoryMB)
      if (dollars) totals.set(memoryMB, [...(totals.get(memoryMB) ?? []), dollars])
    }
  }
  say()
  if (totals.size > 0) conclusion(bench, kinds, totals)
}

async function costRow(bench: BenchContext, bundleFile: string, kind: Kind, memoryMB: number) {
  const input = await bench.made({ rows: kind.rows })
  const processors = memoryMB / MB_PER_CPU
  const warm = await warmFunction(bundleFile, input, { memoryMB, processors })
  if (!warm) {
    bench.say(`| ${kind.name} | ${memoryMB} MB | not measured: no cgroup | | | | | |`)
    return undefined
  }
  const costs: Cost[] = []
  for (let i = 0; i < ROUNDS * kind.perRound; i++) costs.push(await warm.invoke())
  const { invocations, lines, bytes } = await warm.end()
  const wallMs = median(costs.map(({ wallMs }) => wallMs))
  const gbSeconds = (wallMs / 1000) * (memoryMB / 1024)
  const compute = kind.files * (gbSeconds * PRICE.gbSecond + PRICE.invocation)
  const requests = kind.files * (requestsDollars(costs[0]!.traffic.requests) + MESSAGE_DOLLARS)
  const logs = kind.files * logDollars(lines / invocations, bytes / invocations)
  const dollars: Dollars = { compute, requests, logs, total: compute + requests + logs }
  const cells = [compute, requests, logs, dollars.total].map(shownDollars)
  bench.say(
    `| ${kind.name} | ${memoryMB} MB | ${Math.round(wallMs)} ms | ${gbSeconds.toFixed(3)} | ${cells.join(' | ')} |`,
  )
  return dollars
}

function conclusion({ say }: BenchContext, kinds: readonly Kind[], totals: ReadonlyMap<number, Dollars[]>): void {
  const sum = (memoryMB: number) => totals.get(memoryMB)!.reduce((all, { total }) => all + total, 0)
  const memoryMB = environmentNamed('prod').environment.memory!.toMebibytes()
  const of = totals.get(memoryMB)!
  const parts = kinds.map(({ name }, i) => {
    const { total, logs } = of[i]!
    return `${name} cost ${shownDollars(total)}, of which logs are ${shownDollars(logs)} (${Math.round((100 * logs) / total)} %)`
  })
  const least = Math.min(...[...totals.keys()].map(sum))
  const dearer = sum(memoryMB) / least
  const isRight = dearer <= DEARER_AT_MOST ? 'reached' : '**missed**'
  say(`With the ${memoryMB} MB of \`lib/environments.ts\`, ${parts.join('; ')}.`)
  say(
    `Both together cost ${dearer.toFixed(2)} of the cheapest memory (at most ${DEARER_AT_MOST}: ${isRight}). The default is the largest memory for which that holds, since it is the fastest: ${largestWithin(totals, sum)} MB by this table.`,
  )
  const million = (dollars: number) => shownDollars(1e6 * dollars)
  say(
    `Not in the table: traces, ${million(PRICE.trace)} for a million files at less than one a second, and a twentieth of that for many at a time; Step Functions, ${million(backfillDollars(KEYS_PER_CHILD))} for a million keys of a backfill, and nothing for uploads.`,
  )
}

function largestWithin(totals: ReadonlyMap<number, unknown>, sum: (memoryMB: number) => number): number {
  const least = Math.min(...[...totals.keys()].map(sum))
  return Math.max(...[...totals.keys()].filter((memoryMB) => sum(memoryMB) <= DEARER_AT_MOST * least))
}
