/** The files of `npm run smoke`, and what the engine of this clone makes of them. */
import { givenCarry } from '../../functions/enrich/carry/given-files.ts'
import { enrichedBytes } from '../../functions/enrich/enriched-bytes.ts'
import type { EnrichSettings } from '../../functions/enrich/settings.ts'
import { enrichSettingsOf, type FunctionSettings } from '../../functions/lambda/function-settings.ts'
import { checkStoredValues, smokeFile, smokeRows } from './smoke-bars.ts'

export interface SmokeFile {
  readonly key: string
  readonly bytes: Uint8Array
}

/** In the order of their keys. */
const FOLDERS = ['1-good', '2-refused', '3-good'] as const

/** Each file has all bars. Where files continue each other, each has a third, and all of them together are one series. */
export class SmokeFiles {
  readonly first: SmokeFile
  /** The one that is broken at the beginning. */
  readonly refused: SmokeFile
  readonly last: SmokeFile
  readonly #carry: FunctionSettings['carry']
  readonly #enrich: EnrichSettings

  constructor(folder: string, settings: FunctionSettings) {
    this.#carry = settings.carry
    this.#enrich = enrichSettingsOf(settings, folder)
    const rows = smokeRows()
    const third = Math.ceil(rows.length / FOLDERS.length)
    const [first, refused, last] = FOLDERS.map((name, i) => ({
      key: `${folder}${name}/bars${settings.suffixes[0]}`,
      bytes: smokeFile(this.#enrich, this.#carry ? rows.slice(i * third, (i + 1) * third) : rows),
    }))
    this.first = first!
    this.refused = refused!
    this.last = last!
  }

  get all(): readonly SmokeFile[] {
    return [this.first, this.refused, this.last]
  }

  /**
   * @param good the files that are not refused, in their order
   * @returns the enriched files by their keys
   */
  async enriched(good: readonly SmokeFile[]): Promise<Map<string, Uint8Array>> {
    const enriched = new Map<string, Uint8Array>()
    let after: Uint8Array | undefined
    for (const { key, bytes } of good) {
      after = await enrichedBytes(bytes, this.#enrich, await this.#continuing(after))
      enriched.set(key, after)
    }
    return enriched
  }

  async #continuing(after: Uint8Array | undefined) {
    if (!this.#carry) return undefined
    const { forgetAfter } = this.#carry
    const given = { carry: true, ...(after && { after }), ...(forgetAfter !== undefined && { forgetAfter }) }
    return givenCarry(given, this.#enrich.memoryBudgetBytes)
  }

  /**
   * @param enriched all of them, in their order
   * @throws Error with the first value that stockstats does not have
   */
  async checkValues(enriched: readonly Uint8Array[]): Promise<void> {
    if (this.#carry) return checkStoredValues(enriched, this.#enrich)
    for (const each of enriched) await checkStoredValues([each], this.#enrich)
  }
}
