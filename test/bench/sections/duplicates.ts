import type { BenchContext } from '../bench-context.ts'
import type { Duplicates } from '../make-bars.ts'
import { compare, enrich, median, run } from '../measure.ts'
import { grouped, seconds, verdictOf } from '../report.ts'
import { comparedRow } from './comparison.ts'

export async function duplicates(bench: BenchContext): Promise<void> {
  const { rows, say, made, at } = bench
  say(
    `Each file has ${rows / 1e6} M rows and is compared with a file of as many rows without duplicates, on one processor.`,
  )
  say()
  say('| file | time, memory | without duplicates | ratio of time (five rounds) | target |')
  say('|---|---|---|---|---|')
  const clean = await made({ rows })
  const beside = async (name: string, duplicates: Duplicates) => {
    const input = await made({ rows, duplicates })
    const programs = [enrich(input, at('out.parquet')), { ...enrich(clean, at('out.parquet')), name: 'no duplicates' }]
    comparedRow(bench, name, compare(programs, 1), 2.5)
  }
  await beside('one time in all rows', { kind: 'times', times: 1, agree: true })
  await beside(`the last bar ${grouped(rows / 10)} times more`, { kind: 'last bar', copies: rows / 10 })
  await beside('an overlap of 10 %', { kind: 'overlap', share: 0.1 })
  await beside('10 % at random', { kind: 'at random', share: 0.1 })
  await beside('descending, 10 % twice', { kind: 'descending', share: 0.1 })
  say()
  say(
    '| different times | copies | processor time for a quarter, half and all of the rows | exponent of the growth | target |',
  )
  say('|---|---|---|---|---|')
  for (const times of [1, 5, 100, 10_000]) {
    for (const agree of [true, false]) await growth(bench, times, agree)
  }
}

/** How the time grows with the number of copies of some times. */
async function growth({ rows, say, made, at }: BenchContext, times: number, agree: boolean): Promise<void> {
  const ms: number[] = []
  for (const count of [rows / 4, rows / 2, rows]) {
    const program = enrich(await made({ rows: count, duplicates: { kind: 'times', times, agree } }), at('out.parquet'))
    ms.push(median([1, 2, 3].map(() => run(program, 1).cpuMs)))
  }
  const exponent = Math.log2(ms.at(-1)! / ms[0]!) / 2
  say(
    `| ${grouped(times)} | ${agree ? 'agree' : 'conflict'} | ${ms.map(seconds).join(', ')} | ${exponent.toFixed(2)} | ${verdictOf(exponent, 1.1)} |`,
  )
}
