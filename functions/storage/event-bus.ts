/** Tells others of what happened. */
import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'

export type EventsPort = Pick<EventBridgeClient, 'send'>

export type Announce = (source: string, detailType: string, detail: object) => Promise<void>

/** @throws Error when the bus did not take the event */
export function eventBus(events: EventsPort, name: string): Announce {
  return async (Source, DetailType, detail) => {
    const entry = { EventBusName: name, Source, DetailType, Detail: JSON.stringify(detail) }
    const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }))
    if (FailedEntryCount) throw new Error(`event bus ${name}: ${Entries?.[0]?.ErrorCode} ${Entries?.[0]?.ErrorMessage}`)
  }
}
