/**
 * Sequences: files that continue each other. One worker at a time advances a sequence, because the messages about its keys are
 * one group of a FIFO queue.
 */
import { SEQUENCE_QUEUES } from '../shared/names.ts'
import { sha256 } from '../shared/sha256.ts'
import { smokeFolderOf } from '../shared/smoke-folder.ts'
import type { MessageQueue } from '../storage/message-queue.ts'
import type { FunctionSettings } from './function-settings.ts'
import type { Message, SentHint } from './hints.ts'
import { reasonToIgnore, settingsFor } from './keys.ts'
import type { SequencePlace } from './neighbours.ts'
import type { Place } from './objects.ts'

/** @returns the beginning of all keys of its sequence; undefined for a key that is in none */
export function sequenceOf(all: FunctionSettings, key: string): string | undefined {
  const { carry } = settingsFor(all, key)
  return carry && (smokeFolderOf(key) ?? carry.folder.exec(key)?.[0])
}

export function isFromSequences({ queueArn }: Message): boolean {
  return queueArn.endsWith(`-${SEQUENCE_QUEUES.sequences}`)
}

/**
 * Sends a key to the one worker of its sequence.
 * @param id different for each message: SQS drops a second one with the same id that comes within five minutes
 */
export async function sendToSequence(
  queue: MessageQueue,
  sequence: string,
  { isDirect: _, ...hint }: SentHint,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await queue.sendInGroup(
    hashOf(`${hint.bucket} ${sequence}`),
    { ...hint, sequence },
    hashOf(`${id} ${hint.bucket} ${hint.key}`),
    signal,
  )
}

function hashOf(text: string): string {
  return sha256(Buffer.from(text)).toString('hex')
}

/** The key of the object that says how far a sequence is complete. */
export function sequenceObjectKey({ inputPrefix, carry }: FunctionSettings, sequence: string): string {
  const name = sequence.slice(inputPrefix.length, -1)
  return `${carry!.prefix}${name === '' ? 'all' : name}.json`
}

/** Where the keys of a sequence are. */
export function sequencePlaceOf(place: Place, settings: FunctionSettings, sequence: string): SequencePlace {
  const { inputPrefix, outputPrefix } = settings
  return {
    ...place,
    inputs: sequence,
    outputs: outputPrefix + sequence.slice(inputPrefix.length),
    isWanted: (key) => reasonToIgnore(settings, key) === undefined && sequenceOf(settings, key) === sequence,
  }
}
