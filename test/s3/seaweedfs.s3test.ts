import { ACCEPTED, bucketContract } from './bucket-contract.ts'
import { startSeaweedfs } from './seaweedfs.ts'
import { contractServer } from './server.ts'

const answers412 = { reason: 'SeaweedFS answers 412', fails: /'PreconditionFailed'\n- 'NoSuchKey'/ }
const takesAny = { reason: 'SeaweedFS takes parts with and without a checksum in any upload', fails: ACCEPTED }

bucketContract('SeaweedFS', () => contractServer(startSeaweedfs()), {
  'answers 404 where the object to be deleted is gone, if it is named': answers412,
  'answers 404 where the object to be deleted is gone, if it is named, with versions': answers412,
  'refuses a part with a checksum in an upload without an algorithm': takesAny,
  'refuses a part without a checksum in an upload with an algorithm': takesAny,
  'wants the checksums again at the end of an upload with an algorithm': {
    reason: 'SeaweedFS calls a wrong one BadDigest',
    fails: /'BadDigest'\n- 'InvalidPart'/,
  },
})
