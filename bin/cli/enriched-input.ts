/** Opens an enriched file, or enriches another one for a command that only shows its values. */
import path from 'node:path'
import { isEnriched } from '../../functions/audit/indicator-columns.ts'
import { type Enriched, enrich } from '../../functions/enrich/enrich.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { quoted, RefusedError } from '../../functions/shared/errors.ts'
import { openLocalFile } from '../../functions/storage/local-file.ts'
import { withHeaderHint } from './header-hint.ts'
import type { InputFile } from './input-file.ts'
import { openInput } from './locations.ts'
import { ProgressBar } from './progress-bar.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { writeOutput } from './write-outputs.ts'

/** Settings for reading a file, and for enriching it if it is not enriched yet. */
export interface HowToRead {
  readonly settings: EnrichSettings
  /** The prefix of the columns that are shown; undefined for those of the last enrichment. */
  readonly prefix?: string | undefined
  /** The given options for computing. */
  readonly computing: readonly string[]
}

/** A file to read, which the call enriched itself unless it was already. */
export interface EnrichedInput {
  readonly file: InputFile
  readonly wasEnriched: boolean
  readonly close: () => Promise<void>
}

/** Opens the file if it is enriched; otherwise enriches it into a folder that `close` removes. */
export async function openEnriched(name: string, { settings, computing }: HowToRead): Promise<EnrichedInput> {
  const input = await openInput(name, settings.columns)
  try {
    if (await isEnriched(input, settings.memoryBudgetBytes)) {
      if (computing.length > 0) {
        throw new RefusedError(
          'settings',
          `${computing.join(', ')}: ${quoted(name)} is already enriched, and its own values are shown; leave the option out, or name the original`,
        )
      }
      return { file: input, wasEnriched: true, close: () => input.close() }
    }
  } catch (error) {
    await input.close()
    throw error
  }
  const bar = new ProgressBar(process.stderr)
  try {
    const enriched = await enrich(input, settings, (rows, total) => bar.show(rows, total))
    bar.clear()
    return await written(input, enriched)
  } catch (error) {
    throw withHeaderHint(error, input)
  } finally {
    bar.clear()
    await input.close()
  }
}

async function written(input: InputFile, enriched: Enriched) {
  const { folder, remove } = await temporaryFolder()
  try {
    const place = path.join(folder, 'enriched.parquet')
    await writeOutput(place, input, enriched)
    const file = Object.assign(await openLocalFile(place), { isLocal: true })
    return { file, wasEnriched: false, close: () => file.close().then(remove) }
  } catch (error) {
    await remove()
    throw error
  } finally {
    enriched.close()
  }
}
