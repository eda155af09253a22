import { bucketContract } from './bucket-contract.ts'
import { startVersitygw } from './versitygw.ts'

bucketContract('versitygw', async () => {
  const server = await startVersitygw()
  await server.createBucket('plain', false)
  await server.createBucket('versioned', true)
  const { s3, stop } = server
  return { s3, Bucket: 'plain', versioned: { s3, Bucket: 'versioned' }, stop }
})
