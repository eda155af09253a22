/** The rules of docs/decisions/commit-protocol.md on real servers. `S3_PROOF_TIMES=10` repeats what is random ten times. */
import { after, before, describe } from 'node:test'
import type { S3Client } from '@aws-sdk/client-s3'
import { newS3Client } from '../../functions/storage/s3-client.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { startMinio } from './minio.ts'
import { type EventBusEndpoint, startEventBus } from './reconcile/event-bus-endpoint.ts'
import { kills } from './reconcile/kills.ts'
import { lostAnswers } from './reconcile/lost-answers.ts'
import { returningContents } from './reconcile/returning-contents.ts'
import type { Suite } from './reconcile/suite.ts'
import { ACCESS, type S3Server, SECRET } from './server.ts'
import { startVersitygw } from './versitygw.ts'

const NEVER_AGAIN = 'versitygw does not create an object where one was deleted, if asked for a new one'

const SERVERS = [
  {
    name: 'versitygw',
    start: startVersitygw,
    skips: { 'ends with the last of corrupt, A, corrupt': NEVER_AGAIN },
    killsWithVersions: false,
  },
  { name: 'MinIO', start: startMinio, skips: {}, killsWithVersions: true },
]

const isLong = process.env.S3_PROOF_TIMES !== undefined

for (const { name, start, skips, killsWithVersions } of SERVERS) {
  describe(`the function on ${name}`, () => {
    let [server, proxy, bus]: Partial<[S3Server, FaultProxy, EventBusEndpoint]> = []
    before(async () => {
      server = await start()
      proxy = await startFaultProxy(server.environment.AWS_ENDPOINT_URL_S3!)
      bus = await startEventBus()
    })
    after(async () => {
      await Promise.all([proxy!.stop(), bus!.stop(), server!.stop()])
    })
    for (const isVersioned of [false, true]) {
      describe(isVersioned ? 'with versions' : 'without versions', () => {
        const bucketName = isVersioned ? 'versioned' : 'plain'
        before(() => server!.createBucket(bucketName, isVersioned))
        const bucketOf = (s3: S3Client) => ({ name: bucketName, isVersioned, s3 })
        const suite: Suite = {
          server: () => server!,
          bucket: () => bucketOf(server!.s3),
          proxy: () => proxy!,
          proxied: () => bucketOf(clientAt(proxy!.endpoint)),
          bus: () => bus!,
          skips: isVersioned ? skips : {},
        }
        returningContents(suite)
        lostAnswers(suite)
        // some seventy processes for each kind of bucket: in a short run, one kind on each server
        if (isLong || isVersioned === killsWithVersions) kills(suite)
      })
    }
  })
}

/** A new one each time: after some lost answers a client of the SDK repeats requests less often. */
function clientAt(endpoint: string): S3Client {
  const credentials = { accessKeyId: ACCESS, secretAccessKey: SECRET }
  return newS3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true })
}
