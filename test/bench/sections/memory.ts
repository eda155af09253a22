import { execFileSync } from 'node:child_process'
import type { BenchContext } from '../bench-context.ts'
import { enrich, type Program, readingBack, run, script } from '../measure.ts'
import { smallestCapMiB } from '../memory-cap.ts'
import { grouped, verdict } from '../report.ts'

const TARGET_MIB = 150

export async function memory({ rows, say, made, at, python }: BenchContext): Promise<void> {
  say('| file | peak memory | target | smallest memory limit that completes |')
  say('|---|---|---|---|')
  const row = (name: string, program: Program, hasCap = true) => {
    const { peakMemoryMiB } = run(program, 2)
    // a search takes five runs
    const cap = hasCap ? smallestCapMiB(program) : undefined
    const limit = cap === undefined ? 'not measured' : `${cap} MiB`
    say(`| ${name} | ${peakMemoryMiB} MiB | ${verdict(peakMemoryMiB, TARGET_MIB)} | ${limit} |`)
  }
  const out = at('out.parquet')
  for (const count of [35_000, rows / 5, rows, 4 * rows]) {
    row(`${grouped(count)} rows`, enrich(await made({ rows: count }), out))
  }
  row(`${grouped(rows)} rows, read back with another reader`, readingBack(enrich(await made({ rows }), out)))
  row(`${grouped(20 * rows)} rows`, enrich(await made({ rows: 20 * rows }), out), false)
  const groups = enrich(await made({ rows: 10_000, rowGroupRows: 1 }), out)
  row('10,000 row groups of one row', groups)
  row('10,000 row groups of one row, read back', readingBack(groups))
  const program = python()
  for (const [kind, what] of [
    ['delta', 'integers, DELTA_BINARY_PACKED'],
    ['split', 'doubles, BYTE_STREAM_SPLIT'],
  ] as const) {
    const name = `${rows / 1e6} M rows in one page of each column, ${what}`
    if (!program) {
      say(`| ${name} | not measured: no Python with pyarrow | | |`)
      continue
    }
    const input = at(`${kind}.parquet`)
    execFileSync(program, [script('./rewrite.py'), kind, await made({ rows }), input])
    row(name, enrich(input, out))
  }
}
