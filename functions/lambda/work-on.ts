/** The work that a hint asks for. */
import { isOneRequest } from '../storage/publish-object.ts'
import type { Dependencies, Invocation } from './dependencies.ts'
import { enrichSettingsOf } from './function-settings.ts'
import type { Hint, Message } from './hints.ts'
import { keysOf, settingsFor } from './keys.ts'
import { queueOf } from './own-messages.ts'
import { tooSlow } from './too-slow.ts'
import type { Work } from './work.ts'

/** @param message undefined for an invocation without a queue */
export function workOn(
  hint: Hint,
  message: Message | undefined,
  { s3, environment: { settings: all, deployment }, newPages }: Dependencies,
  { requestId, deadline: signal, timeoutSeconds }: Invocation,
): Work {
  const { bucket, key, size, again } = hint
  const settings = settingsFor(all, key)
  const enrich = enrichSettingsOf(settings, key)
  const isNew = size !== undefined && !again && (message?.receiveCount ?? 1) === 1
  return {
    s3,
    bucket,
    keys: keysOf(settings, key),
    enrich,
    deployment,
    onRemoved: settings.onRemoved,
    overwriteForeign: settings.overwriteForeign,
    storageClass: settings.storageClass,
    isRepair: message !== undefined && queueOf(message) === 'repairs',
    isProbablyNewAndSmall: isNew && isOneRequest({ size }),
    again,
    verdict: async (source) => tooSlow(hint, source),
    requestId,
    timeoutSeconds,
    signal,
    newPages,
    noticeFlips: settings.eventBus === undefined ? 0 : settings.noticeFlips,
  }
}
