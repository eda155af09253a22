/** Enriches one file of the command line. */
import type { Carry } from '../../functions/enrich/carry/sequence.ts'
import { enrich, type NewPages } from '../../functions/enrich/enrich.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { stateDigest } from '../../functions/market/carry/state-bytes.ts'
import { printable } from '../../functions/shared/errors.ts'
import { peakMemoryMiB } from '../../functions/shared/peak-memory.ts'
import { withHeaderHint } from '../cli/header-hint.ts'
import { checkOutput, isObject, openInput, STANDARD } from '../cli/locations.ts'
import { ProgressBar } from '../cli/progress-bar.ts'
import { writeOutputs } from '../cli/write-outputs.ts'

/** The outputs of one input. */
export interface Outputs {
  readonly output: string
  /** For the removed rows, if they are wanted. */
  readonly dropped: string | undefined
}

/** The settings that all files of a call share. */
export interface EnrichCall {
  readonly settings: EnrichSettings
  /** Creates the store for pages of the new columns; undefined for memory and disk. */
  readonly newPages: NewPages | undefined
}

export type FileReport = Awaited<ReturnType<typeof enrichFile>>['report']

/** @returns the report, and the state from which the next file of a sequence continues */
export async function enrichFile(input: string, { output, dropped }: Outputs, call: EnrichCall, carry?: Carry) {
  const started = performance.now()
  const file = await openInput(input, call.settings.columns)
  const bar = new ProgressBar(process.stderr)
  try {
    await checkOutput(output)
    if (dropped !== undefined) await checkOutput(dropped)
    const { settings, newPages } = call
    const enriched = await enrich(file, settings, (rows, total) => bar.show(rows, total), newPages, carry)
    const { layout, quality, columns, newColumns, replacedColumns, state } = enriched
    // the removed rows come first, because the output may replace the only file that has them
    const droppedRows = { layout: 'compacted', bytes: enriched.droppedBytes } as const
    const write = async () => {
      // files are published one after the other: reading back first makes sure that the last one can be
      if (dropped !== undefined && enriched.isReadBack && isElsewhere(output)) for await (const _ of enriched.bytes());
      return writeOutputs(file, [
        ...(dropped === undefined ? [] : [{ name: dropped, output: droppedRows }]),
        { name: output, output: enriched },
      ])
    }
    const written = await write().finally(enriched.close)
    const report = {
      ...quality,
      layout,
      columns,
      supertrends: withColumns(settings.supertrends, newColumns),
      ...(replacedColumns.length > 0 ? { replacedColumns: replacedColumns.map((name) => printable(name)) } : {}),
      ...(state ? { carry: carryReport(carry, state) } : {}),
      bytesRead: file.bytesRead,
      bytesWritten: written.at(-1)!,
      ...(dropped === undefined ? {} : { droppedBytesWritten: written[0]! }),
      elapsedMs: Math.round(performance.now() - started),
      peakMemoryMiB: peakMemoryMiB(),
    }
    return { report, state }
  } catch (error) {
    throw withHeaderHint(error, file)
  } finally {
    bar.clear()
    await file.close()
  }
}

/** The parameter sets, each with the names of its columns in the file. */
function withColumns(supertrends: EnrichSettings['supertrends'], newColumns: readonly string[]) {
  const perSet = newColumns.length / supertrends.length
  return supertrends.map(({ definition, period, multiplier }, set) => {
    const columns = newColumns.slice(perSet * set, perSet * (set + 1)).map((name) => printable(name))
    return { definition, period, multiplier, columns }
  })
}

/** The warnings of a report, and one about replaced columns, which no enriched file states: its input may be itself. */
export function warningsIn({ warnings, replacedColumns }: FileReport): readonly { readonly message: string }[] {
  if (!replacedColumns) return warnings
  const names = replacedColumns.map((name) => `"${name}"`).join(', ')
  const message = `the new columns replace ${names}, which the input has already; --prefix NAME would keep both`
  return [...warnings, { message }]
}

function carryReport(carry: Carry | undefined, state: Uint8Array) {
  return {
    after: carry?.state ? stateDigest(carry.state) : null,
    state: stateDigest(state),
    stateBytes: state.length,
  }
}

/** True for outputs that are not local files, which are complete before they take their place. */
function isElsewhere(output: string): boolean {
  return output === STANDARD || isObject(output)
}
