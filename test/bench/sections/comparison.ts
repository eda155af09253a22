/** Rows of a table in which another program does the same work, or more or less of it. */
import type { BenchContext } from '../bench-context.ts'
import { type Compared, median } from '../measure.ts'
import { rounds, seconds, verdictOf } from '../report.ts'

export function comparisonHead({ say }: BenchContext): void {
  say('| file | parquet-supertrend | other program | ratio of time (five rounds) | target |')
  say('|---|---|---|---|---|')
}

/** @param compared ours, then the other program */
export function comparedRow(
  { say }: BenchContext,
  name: string,
  [ours, theirs]: readonly Compared[],
  target?: number,
): void {
  say(
    `| ${name} | ${seconds(ours!.wallMs)}, ${ours!.peakMemoryMiB} MiB | ${theirs!.name}: ${seconds(theirs!.wallMs)}, ${theirs!.peakMemoryMiB} MiB | ${rounds(theirs!.ratios)} | ${verdictOf(median(theirs!.ratios), target)} |`,
  )
}
