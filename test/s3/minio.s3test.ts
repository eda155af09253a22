import { ACCEPTED, bucketContract } from './bucket-contract.ts'
import { startMinio } from './minio.ts'
import { contractServer } from './server.ts'

const ignores = { reason: 'MinIO ignores the If-Match of a DELETE', fails: ACCEPTED }

bucketContract('MinIO', () => contractServer(startMinio()), {
  'deletes an object only if it is the one that was seen, if asked so': ignores,
  'deletes an object only if it is the one that was seen, if asked so, with versions': ignores,
  'answers 404 where the object to be deleted is gone, if it is named': ignores,
  'answers 404 where the object to be deleted is gone, if it is named, with versions': ignores,
  'refuses a part with a checksum in an upload without an algorithm': { reason: 'MinIO takes it', fails: ACCEPTED },
  'refuses a part without a checksum in an upload with an algorithm': {
    reason: 'MinIO calls it InvalidArgument',
    fails: /'InvalidArgument'\n- 'InvalidRequest'/,
  },
  'computes the checksums of copied parts in an upload with an algorithm': {
    reason: 'MinIO refuses to copy a part into such an upload (https://github.com/minio/minio/issues/20649)',
    fails: /InvalidArgument: .*checksum missing, want "CRC32"/,
  },
  'wants the checksums again at the end of an upload with an algorithm': {
    reason: 'MinIO calls a missing one InvalidPart',
    fails: /'InvalidPart'\n- 'InvalidRequest'/,
  },
})
