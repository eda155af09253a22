/** `enrich --out-dir`: many files in one call, each on its own or in sequences. */
import path from 'node:path'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { type BatchFile, batchFiles, batchOutputs } from '../cli/batch-files.ts'
import {
  type CarryOptions,
  carryFrom,
  checkAfterOrder,
  checkContinues,
  isCarried,
  limitsOf,
} from '../cli/carry-options.ts'
import { forgottenCarry } from '../cli/forgotten-carry.ts'
import { checkApart, isObject, isTaken, makeFolder, realPath } from '../cli/locations.ts'
import { printWarnings, reportError } from '../cli/run-command.ts'
import { otherColumns } from '../cli/sequence-columns.ts'
import { foldersOfSeries, hiveNames, sequencesOf, unpaddedNames } from '../cli/sequences.ts'
import { aligned, withSeparators } from '../cli/table.ts'
import { type EnrichCall, enrichFile, type Outputs, warningsIn } from './enrich-file.ts'

export interface BatchOptions extends CarryOptions {
  readonly droppedDir?: string
  /** False: outputs that exist are kept. */
  readonly clobber: boolean
  readonly json?: boolean
}

/** A file of the batch with its outputs. */
type PlacedFile = BatchFile & Outputs

/** Sequences that are enriched at the same time if files are objects, which have to be waited for. */
const PARALLEL_SEQUENCES = 4

export async function enrichBatch(
  inputs: readonly string[],
  folder: string,
  call: EnrichCall,
  options: BatchOptions,
): Promise<void> {
  const files = await placedFiles(inputs, folder, options)
  const { after = [] } = options
  await checkApart(
    after,
    '--after',
    [],
    files.map(({ output }) => output),
  )
  const batch = new FileBatch(call, options)
  if (!isCarried(options)) {
    await warnOfForgottenCarry(files, call)
    for (const file of files) await batch.enrichUnlessKept(file)
  } else {
    const sequences = sequencesOf(files, options.carryWithin, hiveNames(options.hive))
    warnOfNames(sequences)
    // one sequence after the other takes the processor as well as several; only waiting is shared
    const parallel = isObject(folder) || files.some(({ name }) => isObject(name)) ? PARALLEL_SEQUENCES : 1
    const waiting = sequences.values()
    const work = async () => {
      for (const sequence of waiting) await batch.enrichSequence(sequence)
    }
    await Promise.all(Array.from({ length: parallel }, work))
    if (options.carry && options.hive === undefined) warnOfFolders(sequences[0]!, batch)
  }
  batch.end()
}

async function placedFiles(
  inputs: readonly string[],
  folder: string,
  { droppedDir }: BatchOptions,
): Promise<PlacedFile[]> {
  const files = await batchFiles(inputs, folder)
  const outputs = batchOutputs(files, folder)
  await checkInputsStay(files, outputs)
  if (!isObject(folder)) await makeFolder(folder, '--out-dir')
  const droppeds = droppedDir === undefined ? [] : batchOutputs(files, droppedDir)
  if (droppedDir !== undefined) {
    if (!isObject(droppedDir)) await makeFolder(droppedDir, '--dropped-dir')
    const names = files.map(({ name }) => name)
    await checkApart(droppeds, '--dropped-dir', names, outputs)
  }
  return files.map((file, i) => ({ ...file, output: outputs[i]!, dropped: droppeds[i] }))
}

/** @throws RefusedError `path` when outputs would replace files of the call, through links as well */
async function checkInputsStay(files: readonly BatchFile[], outputs: readonly string[]): Promise<void> {
  const inputs = new Set<string>()
  for (const { name } of files) inputs.add(await realPath(name))
  for (const output of outputs) {
    if (!inputs.has(await realPath(output))) continue
    throw new RefusedError(
      'path',
      `--out-dir would replace the input ${quoted(output)}; name another folder (a single file is enriched over itself with: enrich FILE FILE)`,
    )
  }
}

/** Once for a call. The first file of each folder tells: the others have the outputs of this call before them. */
async function warnOfForgottenCarry(files: readonly PlacedFile[], { settings }: EnrichCall): Promise<void> {
  const folders = new Map(files.toReversed().map((file) => [path.dirname(file.output), file]))
  for (const { name, output } of folders.values()) {
    const remedy = () => 'add --carry, or --carry-within'
    const warning = await forgottenCarry(output, settings.memoryBudgetBytes, remedy)
    if (!warning) continue
    printWarnings([warning], name)
    return
  }
}

function warnOfNames(sequences: readonly (readonly PlacedFile[])[]): void {
  const pairs = sequences.flatMap((files) => unpaddedNames(files.map(({ name }) => name)) ?? [])
  const [before, after] = pairs
  if (before === undefined) return
  const message = `it comes before ${after} in key order, in which files continue each other; pad numbers in names with zeros`
  printWarnings([{ message }], before)
}

/** The output of an earlier call stays beside a file that is refused now. */
async function warnOfLeftOutput({ name, output }: PlacedFile): Promise<void> {
  if (!(await isTaken(output))) return
  const message = `${output} stays as an earlier call wrote it; delete it if it is not of this input`
  printWarnings([{ message }], name)
}

/** @param files all of the call */
function warnOfFolders(files: readonly PlacedFile[], { hasOtherBars, hasOneSeries }: FileBatch): void {
  const folders = new Set(files.map(({ name }) => path.dirname(name)))
  const [before, after] = (hasOneSeries && foldersOfSeries(files.map(({ name }) => name))) || []
  if (folders.size === 1 || (before === undefined && !hasOtherBars)) return
  const so = before === undefined ? '' : `, so ${after} continues ${before}`
  const message = `--carry makes one sequence of the files of all folders${so}; where each folder is a sequence of its own, name them with --carry-within, such as --carry-within 'data/*', or their names, such as --hive symbol`
  printWarnings([{ message }])
}

class FileBatch {
  readonly #call: EnrichCall
  readonly #options: BatchOptions
  /** Whether a file was refused because it does not go on where the file before ends. */
  hasOtherBars = false
  /** Whether a file has no symbol column, so that all its bars are of one series. */
  hasOneSeries = false
  #hasOtherColumns = false
  readonly #table: string[][] = [['file', 'rows', 'removed', 'conflicting', 'series', 'gaps', 'ms', '']]

  constructor(call: EnrichCall, options: BatchOptions) {
    this.#call = call
    this.#options = options
  }

  /** A file that is refused passes the state of the one before on, as if it were not there. */
  async enrichSequence(files: readonly PlacedFile[]): Promise<void> {
    let after = this.#options.after ?? []
    let state: Uint8Array | undefined
    const { settings } = this.#call
    const limits = limitsOf(this.#options)
    await checkAfterOrder(after, settings.memoryBudgetBytes, limits)
    for (const [i, file] of files.entries()) {
      const isKept = await this.#isKept(file)
      if (isKept) {
        const keep = () => checkContinues(file.output, after, settings, state)
        if (!(await this.#keep(file, keep))) {
          for (const later of files.slice(i + 1)) this.#skip(later, 'sequence')
          return
        }
      }
      // the file before, or this one, is from another call
      if (after[0] !== undefined && isKept !== (state === undefined)) {
        await this.#warnOfColumns(isKept ? file.output : after[0], file)
      }
      const next = isKept ? undefined : await this.enrich(file, () => carryFrom(after, settings, limits, state))
      if (!isKept && !next) continue
      // an output that is kept has its state in it
      state = next
      after = [file.output, ...after]
    }
  }

  /** Once for a call: the outputs of an earlier one were most likely written with the same options. */
  async #warnOfColumns(enriched: string, { name }: PlacedFile): Promise<void> {
    if (this.#hasOtherColumns) return
    const warning = await otherColumns(enriched, this.#call.settings)
    if (!warning) return
    this.#hasOtherColumns = true
    printWarnings([warning], name)
  }

  async enrichUnlessKept(file: PlacedFile): Promise<void> {
    if (await this.#isKept(file)) this.#skip(file, 'exists')
    else await this.enrich(file)
  }

  /** Whether `--no-clobber` keeps an output that exists. */
  async #isKept({ output }: PlacedFile): Promise<boolean> {
    return !this.#options.clobber && (await isTaken(output))
  }

  /** @returns whether the output can stay in its sequence; a refusal is reported */
  async #keep(file: PlacedFile, check: () => Promise<void>): Promise<boolean> {
    try {
      await check()
    } catch (error) {
      this.#refuse(file, error)
      return false
    }
    this.#skip(file, 'exists')
    return true
  }

  /** @param why its output exists, or an earlier file broke the sequence */
  #skip({ name: input, output }: PlacedFile, why: 'exists' | 'sequence'): void {
    if (this.#options.json) process.stdout.write(`${JSON.stringify({ input, output, skipped: why })}\n`)
    this.#table.push([output, '-', '-', '-', '-', '-', '-', `skipped: ${why}`])
  }

  #refuse({ name: input, output }: PlacedFile, refusal: unknown): void {
    const { code, message } = reportError(refusal, input)
    this.hasOtherBars ||= code === 'before-previous' || code === 'conflicting-duplicates'
    if (this.#options.json) process.stdout.write(`${JSON.stringify({ input, output, error: { code, message } })}\n`)
    this.#table.push([input, '-', '-', '-', '-', '-', '-', `refused: ${code}`])
  }

  /** @returns the state, if the file was enriched in a sequence */
  async enrich(file: PlacedFile, carry?: () => ReturnType<typeof carryFrom>): Promise<Uint8Array | undefined> {
    const { name: input, output, dropped } = file
    const { json } = this.#options
    try {
      if (!isObject(output)) await makeFolder(path.dirname(output), '--out-dir')
      if (dropped !== undefined && !isObject(dropped)) await makeFolder(path.dirname(dropped), '--dropped-dir')
      const { report, state } = await enrichFile(input, { output, dropped }, this.#call, await carry?.())
      printWarnings(warningsIn(report), input)
      this.hasOneSeries ||= !('symbol' in report.columns)
      const { rowsWritten, duplicatesDropped, duplicatesConflicting, series, gaps, elapsedMs, layout } = report
      if (json) process.stdout.write(`${JSON.stringify({ input, output, dropped, ...report })}\n`)
      const figures = [rowsWritten, duplicatesDropped, duplicatesConflicting, series, gaps, elapsedMs].map(
        withSeparators,
      )
      this.#table.push([output, ...figures, layout])
      return state
    } catch (error) {
      this.#refuse(file, error)
      await warnOfLeftOutput(file)
      return undefined
    }
  }

  end(): void {
    if (!this.#options.json) process.stdout.write(`${aligned(this.#table, new Set([1, 2, 3, 4, 5, 6]))}\n`)
  }
}
