import { ACCEPTED, bucketContract } from './bucket-contract.ts'
import { contractServer } from './server.ts'
import { startVersitygw } from './versitygw.ts'

const reason = 'versitygw takes the version under a delete marker for the object'
const answers204 = { reason: 'versitygw answers 204', fails: ACCEPTED }

bucketContract('versitygw', () => contractServer(startVersitygw()), {
  'creates an object where one was deleted, if asked so, with versions': { reason, fails: /PreconditionFailed/ },
  'replaces nothing where the object was deleted, if asked so, with versions': { reason, fails: ACCEPTED },
  'completes an upload where an object was deleted, if asked so, with versions': {
    reason,
    fails: /PreconditionFailed/,
  },
  'completes no upload where the object was deleted, if it is named, with versions': { reason, fails: ACCEPTED },
  'answers 404 where the object to be deleted is gone, if it is named': answers204,
  'answers 404 where the object to be deleted is gone, if it is named, with versions': answers204,
  'refuses a part with a checksum in an upload without an algorithm': { reason: 'versitygw takes it', fails: ACCEPTED },
})
