import { bucketContract } from './bucket-contract.ts'
import { startVersitygw } from './versitygw.ts'

const ACCEPTED = /Missing expected rejection/
const asIfThere = 'versitygw takes the version under a delete marker for the object'

bucketContract(
  'versitygw',
  async () => {
    const server = await startVersitygw()
    await server.createBucket('plain', false)
    await server.createBucket('versioned', true)
    const { s3, stop } = server
    return { plain: { s3, Bucket: 'plain' }, versioned: { s3, Bucket: 'versioned' }, stop }
  },
  {
    'creates an object where one was deleted, if asked so, with versions': {
      reason: asIfThere,
      fails: /PreconditionFailed/,
    },
    'replaces nothing where the object was deleted, if asked so, with versions': { reason: asIfThere, fails: ACCEPTED },
    'completes an upload where an object was deleted, if asked so, with versions': {
      reason: asIfThere,
      fails: /PreconditionFailed/,
    },
    'completes no upload where the object was deleted, if it is named, with versions': {
      reason: asIfThere,
      fails: ACCEPTED,
    },
    'answers 404 where the object to be deleted is gone, if it is named': {
      reason: 'versitygw answers 204',
      fails: ACCEPTED,
    },
    'answers 404 where the object to be deleted is gone, if it is named, with versions': {
      reason: 'versitygw answers 204',
      fails: ACCEPTED,
    },
    'refuses a part with a checksum in an upload without an algorithm': {
      reason: 'versitygw takes it',
      fails: ACCEPTED,
    },
  },
)
