import { bucketContract } from '../s3/bucket-contract.ts'
import { FakeBucket } from './bucket.ts'

bucketContract('the fake', async () => {
  const [plain, versioned] = [new FakeBucket({ name: 'plain' }), new FakeBucket({ name: 'versioned', versioned: true })]
  return {
    plain: { s3: plain, Bucket: plain.name },
    versioned: { s3: versioned, Bucket: versioned.name },
    stop: async () => {},
  }
})
