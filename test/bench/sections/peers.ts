import type { BenchContext } from '../bench-context.ts'
import { compare, enrich } from '../measure.ts'
import { type Peer, pythonPeers } from '../peers.ts'
import { verdictOf } from '../report.ts'
import { comparedRow, comparisonHead } from './comparison.ts'

/** Of 1 M rows. */
const TARGETS: Partial<Record<Peer, number>> = { stockstats: 0.04, polars: 0.6 }

export async function peers(bench: BenchContext): Promise<void> {
  const { rows, say, made, at } = bench
  const program = pythonPeers()
  if (!program) {
    say('Not measured: they need Python 3.10 or 3.11 and what `test/bench/peers/requirements.txt` lists.')
    return
  }
  say(
    'Each one reads the bars, removes rows with the same datetime and writes the file again. All except polars compute Supertrend.',
  )
  say()
  comparisonHead(bench)
  const out = at('out.parquet')
  let memory = ''
  for (const [count, names] of [
    [1_000_000, ['stockstats', 'pandas-ta', 'polars', 'polars-numba', 'pyarrow-numba']],
    [rows, ['pandas-ta', 'polars', 'polars-numba', 'pyarrow-numba']],
  ] as const) {
    const input = await made({ rows: count, duplicates: { kind: 'overlap', share: 0.01 } })
    for (const name of names) {
      // it takes 20 seconds
      const isSlow = name === 'stockstats'
      const compared = compare([enrich(input, out), program(name, input, out)], 2, { warmUp: !isSlow })
      comparedRow(bench, `${count / 1e6} M, 1 % duplicates`, compared, count === 1e6 ? TARGETS[name] : undefined)
      if (!isSlow) continue
      const [ours, theirs] = compared.map(({ peakMemoryMiB }) => peakMemoryMiB) as [number, number]
      memory = `Memory compared with stockstats: ${(ours / theirs).toFixed(2)} (${verdictOf(ours / theirs, 0.2)}).`
    }
  }
  say()
  say(memory)
}
