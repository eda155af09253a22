/** The options for files that continue each other. */
import { type Command, Option } from 'commander'
import { carryAfter } from '../../functions/enrich/carry/carry-after.ts'
import { checkChain } from '../../functions/enrich/carry/chain.ts'
import { DEFAULT_LOOK_BACK, MAX_LOOK_BACK, type SequenceLimits } from '../../functions/enrich/carry/look-back.ts'
import { noteIn } from '../../functions/enrich/carry/previous-state.ts'
import type { Carry } from '../../functions/enrich/carry/sequence.ts'
import { type EnrichSettings, parsePeriod } from '../../functions/enrich/settings.ts'
import { stateDigest } from '../../functions/market/carry/state-bytes.ts'
import type { ByteSource } from '../../functions/shared/byte-source.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { openInput, STANDARD } from './locations.ts'
import { withInput } from './with-input.ts'

export interface CarryOptions {
  readonly after?: readonly string[]
  readonly carry?: boolean
  readonly carryWithin?: string
  readonly hive?: string
  readonly forgetAfter?: string
  readonly lookBack?: string
}

/** `--after`, which can be repeated. */
export function afterOption(): Option {
  return new Option(
    '--after <file>',
    'the enriched file that this one continues; if this one repeats bars of earlier files, repeat the option for these, the newest first',
  ).argParser((value: string, before: readonly string[] = []) => [...before, value])
}

/** For commands that show one file. */
export function hiveSymbolOption(): Option {
  return new Option(
    '--hive <names>',
    'the symbol of a file without a symbol column: the values of these parts of its path, such as symbol for data/symbol=AAPL/1.parquet',
  )
}

/** For commands with `--carry`. */
export function hiveOption(): Option {
  return new Option(
    '--hive <names>',
    'with --carry: one sequence for each value of these parts of the paths, such as symbol for data/symbol=AAPL/1.parquet',
  )
}

export function lookBackOption(): Option {
  return new Option(
    '--look-back <files>',
    `with carry: earlier files with rows that are searched for the bars that a file repeats, up to ${MAX_LOOK_BACK} (default: ${DEFAULT_LOOK_BACK})`,
  )
}

export function addCarryOptions(command: Command): Command {
  return command
    .addOption(afterOption())
    .option(
      '--carry',
      'write the state that the next file continues from; with --out-dir, each file continues the one before',
    )
    .option(
      '--carry-within <folders>',
      'the same for many sequences: each folder that matches the pattern, such as data/*, is one',
    )
    .addOption(hiveOption())
    .addOption(lookBackOption())
    .option('--forget-after <files>', 'with carry: forget a series that so many files do not have')
}

/** Whether a file continues another, or is to be continued. */
export function isCarried({ after, carry, carryWithin }: CarryOptions): boolean {
  return after !== undefined || carry === true || carryWithin !== undefined
}

/** @throws RefusedError `settings` */
export function limitsOf({ forgetAfter, lookBack }: Pick<CarryOptions, 'forgetAfter' | 'lookBack'>): SequenceLimits {
  return {
    forgetAfter: forgetAfter === undefined ? undefined : parsePeriod(forgetAfter, '--forget-after'),
    lookBack: lookBack === undefined ? undefined : parseLookBack(lookBack),
  }
}

function parseLookBack(text: string): number {
  const files = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN
  if (files >= 1 && files <= MAX_LOOK_BACK) return files
  throw new RefusedError('settings', `--look-back is ${quoted(text)}; allowed is an integer from 1 to ${MAX_LOOK_BACK}`)
}

/**
 * Opens the state and the files from which a file continues.
 * @param after names of the enriched files before, the newest first; none for the first file of a sequence
 * @param state of the first of them, if it is known
 */
export async function carryFrom(
  after: readonly string[],
  { memoryBudgetBytes }: Pick<EnrichSettings, 'memoryBudgetBytes'>,
  limits: SequenceLimits,
  state?: Uint8Array,
): Promise<Carry> {
  const [last] = after
  const earlier = () => openedInTurn(after)
  if (last === undefined || state) return { state, name: last ?? '', ...limits, earlier }
  return { ...(await withInput(last, (source) => carryAfter([source], memoryBudgetBytes, limits, [last]))), earlier }
}

/**
 * Checks an output that `--no-clobber` keeps: values after a file that came later, or was repaired, would not be those of
 * one long file.
 * @param after as for `carryFrom`
 * @throws RefusedError `settings`, or `no-state` when it was enriched without carry
 */
export async function checkContinues(
  output: string,
  after: readonly string[],
  settings: Pick<EnrichSettings, 'memoryBudgetBytes'>,
  state?: Uint8Array,
): Promise<void> {
  const { state: before } = await carryFrom(after, settings, {}, state)
  const note = await withInput(output, (source) =>
    noteIn(source, output, settings.memoryBudgetBytes).catch((error: unknown) => {
      throw withoutState(output, error)
    }),
  )
  // the first of the files may continue one that is not given
  if (before === undefined || note.after === stateDigest(before)) return
  throw new RefusedError(
    'settings',
    `--no-clobber keeps ${quoted(output)}, which does not continue from ${quoted(after[0]!)}; delete it and the outputs after it, then enrich again`,
  )
}

/** @returns for an output of a call without carry, an error that says how to go on; any other error unchanged */
function withoutState(output: string, error: unknown): unknown {
  if (!(error instanceof RefusedError && error.code === 'no-state')) return error
  return new RefusedError(
    'no-state',
    `--no-clobber keeps ${quoted(output)}, which was enriched without carry, so no file can continue from it; delete it and the outputs after it, then enrich again with --carry`,
    { cause: error },
  )
}

/** @throws RefusedError `settings` when the files of `--after` are not in order */
export async function checkAfterOrder(
  after: readonly string[],
  memoryBudgetBytes: number,
  { lookBack }: SequenceLimits,
): Promise<void> {
  if (after.length > 1) await checkChain(openedInTurn(after), (at) => after[at]!, memoryBudgetBytes, lookBack)
}

async function* openedInTurn(names: readonly string[]): AsyncGenerator<ByteSource> {
  for (const name of names) {
    const source = await openInput(name)
    try {
      yield source
    } finally {
      await source.close()
    }
  }
}

/** @throws RefusedError `settings` when the options do not go together */
export function checkCarryOptions(options: CarryOptions, isBatch: boolean): void {
  const { after = [], carry, carryWithin, forgetAfter, lookBack, hive } = options
  const refuse = (what: string) => {
    throw new RefusedError('settings', what)
  }
  if (forgetAfter !== undefined && !isCarried(options)) refuse('--forget-after goes with --after or --carry')
  if (lookBack !== undefined && !isCarried(options)) refuse('--look-back goes with --after or --carry')
  if (after.includes(STANDARD)) refuse('--after is "-"; allowed is a file or an object, which can be read twice')
  if (hive !== undefined && !(isBatch && carry)) refuse('--hive goes with --out-dir and --carry')
  if (hive !== undefined && after.length > 0) {
    refuse('--after names the file before one sequence; with --hive each begins with its first file')
  }
  if (carryWithin !== undefined && !isBatch) refuse('--carry-within goes with --out-dir')
  if (carryWithin !== undefined && carry)
    refuse('--carry makes one sequence, --carry-within many; allowed is one of them')
  if (carryWithin !== undefined && after.length > 0) {
    refuse('--after names the file before one sequence; with --carry-within each begins with its first file')
  }
  if (isBatch && after.length > 0 && !carry) {
    refuse(
      'with --out-dir, --after goes with --carry: the first file continues from it, each further one from the one before',
    )
  }
}
