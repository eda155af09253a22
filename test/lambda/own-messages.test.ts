import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Duration } from 'aws-cdk-lib/core'
import { cutOffSeconds } from '../../functions/lambda/own-messages.ts'
import { visibilityTimeoutOf } from '../../lib/visibility.ts'

describe('the message about an upload that was cut off', () => {
  it('waits for the visibility timeout of the queue, or for as long as SQS allows', () => {
    for (const seconds of [10, 330, 331, 600, 840]) {
      assert.equal(cutOffSeconds(seconds), visibilityTimeoutOf(Duration.seconds(seconds)).toSeconds(), `${seconds} s`)
    }
    assert.equal(cutOffSeconds(900), 900)
  })
})
