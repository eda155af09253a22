import type { BenchContext } from '../bench-context.ts'
import { compare, enrich, median } from '../measure.ts'
import { rounds, seconds, verdict, verdictOf } from '../report.ts'

/** As many as one file may have. */
const SETS = 16

export async function parameterSets({ rows, say, made, at }: BenchContext): Promise<void> {
  const [input, out] = [await made({ rows }), at('out.parquet')]
  const sets = Array.from({ length: SETS }, (_, i) => ['--supertrend', `${5 + i},${1 + i / 4}`]).flat()
  const [many, one] = compare([enrich(input, out, ...sets), enrich(input, out)], 1)
  say(
    `${SETS} parameter sets on ${rows / 1e6} M rows, one processor: ${seconds(many!.wallMs)}, ${many!.peakMemoryMiB} MiB (${verdict(many!.peakMemoryMiB, 150)}). One set: ${seconds(one!.wallMs)}, ${one!.peakMemoryMiB} MiB. Ratio of time: ${rounds(one!.ratios)}; ${verdictOf(median(one!.ratios), 5)}.`,
  )
}
