/** The settings that a state belongs to. */
import type { StateSettings } from '../../market/carry/state-bytes.ts'
import { printable, RefusedError } from '../../shared/errors.ts'
import { notedSupertrend, rowSettings } from '../footer-note.ts'
import type { EnrichSettings } from '../settings.ts'

/** Those that decide the values of the new columns; `conflicts` and `castPrices` only decide whether a file is refused. */
export function stateSettings(settings: EnrichSettings, forgetAfter: number | undefined): StateSettings {
  const { conflicts: _, castPrices: __, ...rest } = rowSettings(settings)
  return {
    supertrends: settings.supertrends.map(notedSupertrend),
    ...rest,
    ...(forgetAfter === undefined ? {} : { forgetAfter }),
  }
}

/**
 * @param name of the file with the state
 * @throws RefusedError `state-settings`, with both values of the first setting that differs
 */
export function checkSameSettings(before: StateSettings, now: StateSettings, name: string): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [made, wanted] = [JSON.stringify(before[key]), JSON.stringify(now[key])]
    if (made === wanted) continue
    throw new RefusedError(
      'state-settings',
      `${name} has a state with ${key} ${shownSetting(made)}; this file has ${shownSetting(wanted)}; use the same settings for all files of a sequence, or enrich the sequence again from its first file; if the original of ${name} is gone, put it back, or delete ${name}`,
    )
  }
}

function shownSetting(value: string | undefined): string {
  return value === undefined ? 'not set' : printable(value, 300)
}
