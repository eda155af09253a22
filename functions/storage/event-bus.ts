/** Sends events to an EventBridge bus. */
import { EventBridgeClient, type EventBridgeClientConfig, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { MESSAGE_LIMITS, until } from './request-limits.ts'

export type EventsPort = Pick<EventBridgeClient, 'send'>

export type Announce = (source: string, detailType: string, detail: object, signal?: AbortSignal) => Promise<void>

export function newEventBridgeClient(config: EventBridgeClientConfig = {}): EventBridgeClient {
  return new EventBridgeClient({ requestHandler: MESSAGE_LIMITS, ...config })
}

/** @throws Error when the bus did not accept the event */
export function eventBus(events: EventsPort, name: string): Announce {
  return async (Source, DetailType, detail, signal) => {
    const entry = { EventBusName: name, Source, DetailType, Detail: JSON.stringify(detail) }
    const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }), until(signal))
    if (FailedEntryCount) throw new Error(`event bus ${name}: ${Entries?.[0]?.ErrorCode} ${Entries?.[0]?.ErrorMessage}`)
  }
}
