/** `verify --carry`: proves the files of sequences, each with the files before it. */
import { readNote } from '../../functions/audit/read-note.ts'
import { statedCarry } from '../../functions/audit/verify-carry.ts'
import { noteIn, stateIn } from '../../functions/enrich/carry/previous-state.ts'
import { readFooter } from '../../functions/parquet/format/footer.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { carryFrom } from '../cli/carry-options.ts'
import { sequencesOf } from '../cli/sequences.ts'
import { NO_ORIGINAL, type Pair, verifiedPairs } from '../cli/verified-pairs.ts'
import { withInput } from '../cli/with-input.ts'
import { printUnproved, type VerifiedFile, verifyFile } from './verify-file.ts'

export interface SequencePatterns {
  readonly original: string
  readonly enriched: string
  readonly droppedDir: string | undefined
  readonly carryWithin: string | undefined
  readonly hive: readonly string[]
}

export interface VerifyCall {
  readonly memoryBudgetBytes: number
  readonly json: boolean
  /** Earlier files with rows that are searched for repeated bars; undefined for the default. */
  readonly lookBack: number | undefined
}

/** @param after the enriched files before the first one, the newest first */
export async function verifySequences(
  { original, enriched, droppedDir, carryWithin, hive }: SequencePatterns,
  after: readonly string[],
  call: VerifyCall,
): Promise<void> {
  const { pairs, unpaired, alone } = await verifiedPairs(original, enriched, droppedDir)
  const isInSequence = (pair: Pair) => {
    try {
      return sequencesOf([pair], carryWithin, hive).length === 1
    } catch (error) {
      if (error instanceof RefusedError) return false
      throw error
    }
  }
  const [links, others] = [unpaired.filter(isInSequence), unpaired.filter((pair) => !isInSequence(pair))]
  for (const files of sequencesOf([...pairs, ...links], carryWithin, hive)) {
    await new VerifiedSequence(after, call).verify(files)
  }
  for (const { enriched, problems } of others) printUnproved({ enriched }, problems, call.json)
  for (const dropped of alone) printUnproved({ dropped }, [NO_ORIGINAL], call.json)
}

class VerifiedSequence {
  readonly #call: VerifyCall
  /** The enriched files before, the newest first. */
  #before: readonly string[]
  /** How many of the newest ones could not be proved: a later file continues from them, or passes them by. */
  #unproved = 0

  constructor(after: readonly string[], call: VerifyCall) {
    this.#before = after
    this.#call = call
  }

  async verify(files: readonly Pair[]): Promise<void> {
    const { json } = this.#call
    for (const { name: original, isMissing, enriched, dropped, problems } of files) {
      if (enriched === undefined) printUnproved({ original }, problems, json)
      else if (isMissing) await this.#verifyLink(enriched, problems)
      else if (problems.length === 0) await this.#verifyFile({ original, enriched, dropped })
      else {
        printUnproved({ original, enriched }, problems, json)
        this.#passOver(enriched)
      }
    }
  }

  async #verifyFile(names: Pick<VerifiedFile, 'original' | 'enriched' | 'dropped'>): Promise<void> {
    const { memoryBudgetBytes, json, lookBack } = this.#call
    const after = await this.#beforeOf(names.enriched)
    try {
      await verifyFile({ ...names, after, lookBack }, memoryBudgetBytes, json)
      this.#before = [names.enriched, ...after]
      this.#unproved = 0
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      const { original, enriched } = names
      printUnproved({ original, enriched }, [`its original ${original} is refused: ${error.message}`], json)
      this.#passOver(names.enriched)
    }
  }

  /** The values of an enriched file without an original cannot be proved, but later files continue from its state. */
  async #verifyLink(enriched: string, problems: readonly string[]): Promise<void> {
    const { memoryBudgetBytes, json } = this.#call
    const after = await this.#beforeOf(enriched)
    const ofLink = await withInput(enriched, async (source) => {
      const note = readNote(await readFooter(source, memoryBudgetBytes))
      if (!note?.carry) return ['it was enriched without carry, so no file continues from it']
      const open = (forgetAfter: number | undefined) => carryFrom(after, { memoryBudgetBytes }, { forgetAfter })
      const { problem } = await statedCarry(note, open)
      await stateIn(source, 'it', memoryBudgetBytes)
      return problem === undefined ? [] : [problem]
    }).catch(linkProblem)
    printUnproved({ enriched }, [...problems, ...ofLink], json)
    this.#passOver(enriched)
  }

  #passOver(enriched: string): void {
    this.#before = [enriched, ...this.#before]
    this.#unproved++
  }

  /** @returns the files from which an enriched one continues, as far as it says: those that it passes by are left out */
  async #beforeOf(enriched: string): Promise<readonly string[]> {
    if (this.#unproved === 0) return this.#before
    const { memoryBudgetBytes } = this.#call
    const noteOf = (name: string) =>
      withInput(name, (source) => noteIn(source, name, memoryBudgetBytes)).catch((error) => {
        if (error instanceof RefusedError) return undefined
        throw error
      })
    const after = (await noteOf(enriched))?.after
    for (let passed = 0; passed < this.#unproved; passed++) {
      const names = this.#before.slice(passed)
      if ((await noteOf(names[0]!))?.state.sha256 === after) return names
    }
    return this.#before.slice(this.#unproved)
  }
}

function linkProblem(error: unknown): string[] {
  if (error instanceof RefusedError) return [error.message]
  throw error
}
