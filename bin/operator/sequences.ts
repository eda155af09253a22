/** Says which sequences are not complete, and the key that each of them waits for. */
import { type Finding, isUnsettled, judgeKey } from '../../functions/bucket-audit/judge-key.ts'
import { stateIn } from '../../functions/enrich/carry/previous-state.ts'
import { enrichSettingsOf } from '../../functions/lambda/function-settings.ts'
import { Neighbours } from '../../functions/lambda/neighbours.ts'
import { findInput } from '../../functions/lambda/objects.ts'
import { contentIn } from '../../functions/lambda/sequence-object.ts'
import { sequencePlaceOf } from '../../functions/lambda/sequences.ts'
import { linksBefore } from '../../functions/lambda/walk-back.ts'
import { RefusedError } from '../../functions/shared/errors.ts'
import { listObjects } from '../../functions/storage/list-objects.ts'
import { openCurrentObject, readCurrentObject } from '../../functions/storage/object-source.ts'
import type { Operated } from './look-again.ts'
import { shown } from './shown.ts'

const SHOWN_SEQUENCES = 20
/** Keys after the last complete one that are judged: those before the blocking one are refused or gone. */
const JUDGED_KEYS = 100

/** @returns a line for each sequence that is behind; none if the function carries nothing from file to file */
export async function sequenceLines(operated: Operated): Promise<string[]> {
  const { s3, bucket, settings, signal } = operated
  const prefix = settings.carry?.prefix
  if (prefix === undefined) return []
  const lines: string[] = []
  let count = 0
  for await (const objects of listObjects(s3, { bucket, prefix }, signal)) {
    for (const { key } of objects) {
      count++
      const line = await lineOf(operated, key)
      if (line !== undefined) lines.push(line)
    }
  }
  const more = lines.length > SHOWN_SEQUENCES ? [`and ${lines.length - SHOWN_SEQUENCES} more`] : []
  return [`sequences: ${count}, ${lines.length} behind`, ...lines.slice(0, SHOWN_SEQUENCES), ...more]
}

async function lineOf(operated: Operated, objectKey: string): Promise<string | undefined> {
  const bytes = await readCurrentObject(operated.s3, { bucket: operated.bucket, key: objectKey }, operated.signal)
  const stated = bytes && contentIn(bytes)
  if (stated?.sequence === undefined) return undefined
  const { sequence, completeThrough } = stated
  const neighbours = new Neighbours(sequencePlaceOf(operated, operated.settings, sequence))
  let judged = 0
  let next: string | undefined
  for await (const key of neighbours.from(completeThrough === '' ? sequence : completeThrough)) {
    if (key === completeThrough) continue
    next ??= key
    const finding = await judgeKey(operated, key)
    if (isUnsettled(finding.verdict)) {
      const damage = await damageBefore(operated, neighbours, key)
      return `${shown(sequence)} waits for ${shown(key)}: ${reasonToWait(finding)}${damage}`
    }
    if (++judged === JUDGED_KEYS) break
  }
  return next === undefined ? undefined : `${shown(sequence)} is enriched again from ${shown(next)} on`
}

/** Says that the file before a key cannot be continued, and how the sequence goes on without it. */
async function damageBefore(operated: Operated, neighbours: Neighbours, key: string): Promise<string> {
  const { s3, bucket, settings, signal } = operated
  for await (const { input, output } of linksBefore(operated, settings, neighbours, key)) {
    const opened = await openCurrentObject(s3, { bucket, key: output }, signal)
    try {
      if (opened) await stateIn(opened.source, output, enrichSettingsOf(settings, key).memoryBudgetBytes)
      return ''
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      const what = `; ${shown(output)} passes no state on (${error.code})`
      if (await findInput(operated, input)) return what
      return `${what}, and its file is gone: aws s3 rm ${JSON.stringify(shown(`s3://${bucket}/${output}`))}`
    }
  }
  return ''
}

function reasonToWait({ verdict, code }: Finding): string {
  return code === undefined ? verdict : `${verdict} (${code})`
}
