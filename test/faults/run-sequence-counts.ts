/**
 * What a sequence costs, in a calm storm: `npm run storm:counts -- [--files 1000]`. Prints the table in docs/decisions/carry.md.
 * Each request takes 30 ms on average, computing takes no time.
 */
import { parseArgs } from 'node:util'
import { random } from '../random.ts'
import { contentOf } from './sequence-storm/contents.ts'
import type { Plan } from './sequence-storm/plan.ts'
import { sequenceStorm } from './sequence-storm/storm.ts'
import { CALM } from './storm/fate.ts'

const { values } = parseArgs({ options: { files: { type: 'string', default: '1000' } } })
const files = Number(values.files)
const LATENCY_MS = 30
const RATES = [5, 20, 200, Number.POSITIVE_INFINITY]

const days = Array.from({ length: files }, (_, day) => day)
const ORDERS = {
  sorted: days,
  random: shuffled(days),
  reverse: days.toReversed(),
}

function shuffled(list: readonly number[]): number[] {
  const next = random(1)
  return list
    .map((value) => ({ value, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value)
}

function planOf(order: readonly number[], rate: number): Plan {
  return {
    isVersioned: false,
    weather: { ...CALM, latencyMs: LATENCY_MS },
    history: [],
    changes: order.map((day, i) => {
      const key = `incoming/a/day ${String(day).padStart(4, '0')}.parquet`
      return { key, content: contentOf(day, 'A'), at: (i / rate) * 1000 }
    }),
    settings: ['plain', undefined],
    deployedAt: 0,
    overlapMs: 0,
    isEachLookedAt: false,
    onRemoved: 'keep',
    doesAnnounce: false,
    isSecondaryWanted: false,
    workers: 20,
    batchSize: 10,
    isBatchFull: true,
    events: { delaysMs: [100], doubled: 0 },
    again: [],
  }
}

console.log('| order | uploads a second | computations | messages | LIST | HEAD | longest chain | seconds |')
console.log('|---|---|---|---|---|---|---|---|')
for (const [name, order] of Object.entries(ORDERS)) {
  for (const rate of RATES) {
    const { wrong, counts, seconds } = await sequenceStorm(1, undefined, planOf(order, rate))
    if (wrong.length > 0) throw new Error(wrong.join('; '))
    const each = (count = 0) => (count / files).toFixed(2)
    const { computations, messages, requests, longestChain } = counts
    const shares = [computations, messages, requests.get('ListObjectsV2'), requests.get('HeadObject')].map(each)
    const shown = rate === Number.POSITIVE_INFINITY ? 'all at once' : rate
    console.log(`| ${[name, shown, ...shares, longestChain, seconds.toFixed(0)].join(' | ')} |`)
  }
}
