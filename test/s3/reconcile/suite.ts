/** What each part of the proof is given. The functions answer once the tests run. */
import type { FaultProxy } from '../fault-proxy.ts'
import type { S3Server } from '../server.ts'
import type { EventBusEndpoint } from './event-bus-endpoint.ts'
import type { MarketBucket } from './market-bucket.ts'

export interface Suite {
  readonly server: () => S3Server
  readonly bucket: () => MarketBucket
  /** In front of the server. */
  readonly proxy: () => FaultProxy
  /** The same bucket, asked through the proxy by a client of its own. */
  readonly proxied: () => MarketBucket
  readonly bus: () => EventBusEndpoint
  /** Tests that this server cannot pass, by name, with the reason. */
  readonly skips: Readonly<Record<string, string>>
}
