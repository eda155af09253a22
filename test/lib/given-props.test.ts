import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Annotations, Match } from 'aws-cdk-lib/assertions'
import { Alias, Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { CfnParameter, Duration, type Stack } from 'aws-cdk-lib/core'
import type { SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { pipelineIn } from './synthesised.ts'

describe('properties that no compiler has checked', () => {
  const parameter = (stack: Stack) => new CfnParameter(stack, 'Number', { type: 'Number' })
  const cases: readonly [what: string, propsIn: (stack: Stack) => unknown, problem: RegExp][] = [
    ['a misspelt name', () => ({ memmory: 3 }), /^memmory is no property; allowed are settings, bucket, via, memory, /],
    ['a name of an object', () => ({ constructor: 3 }), /^constructor is no property/],
    ['a source of another spelling', () => ({ via: 'eventBridge' }), /^via is .* allowed is 's3' and 'eventbridge'$/],
    ['an ARN instead of a topic', () => ({ alarms: { page: 'arn:aws:sns:x' } }), /^alarms .* each a topic/],
    ['a number instead of a size', () => ({ memory: 512 }), /^memory .* allowed is a Size/],
    [
      'a number instead of a duration',
      () => ({ timeout: 300, logRetention: 90 }),
      /^timeout .* a Duration.*; logRetention /,
    ],
    ['a name instead of a bucket', () => ({ bucket: 'my-bucket' }), /^bucket .* such as Bucket\.fromBucketName/],
    [
      'an ARN instead of a key',
      () => ({ encryptionKey: 'arn:aws:kms:x' }),
      /^encryptionKey .* such as Key\.fromKeyArn/,
    ],
    ['an architecture as text', () => ({ architecture: 'arm64' }), /^architecture .* a value of Architecture$/],
    ['no settings', () => ({ settings: null }), /^settings .* allowed is an object$/],
    [
      'an alias',
      (stack) => ({ encryptionKey: Alias.fromAliasName(stack, 'A', 'alias/a') }),
      /^encryptionKey .* and no alias$/,
    ],
    [
      'an alias of the app',
      (stack) => ({ encryptionKey: new Key(stack, 'K').addAlias('a') }),
      /^encryptionKey .* no alias$/,
    ],
    [
      'a number of a parameter',
      (stack) => ({ maxConcurrency: parameter(stack).valueAsNumber }),
      /^maxConcurrency .* known at synthesis$/,
    ],
    [
      'a duration of a parameter',
      (stack) => ({ timeout: Duration.seconds(parameter(stack).valueAsNumber) }),
      /^timeout .* known at synthesis/,
    ],
    [
      'settings of a parameter',
      (stack) => ({ settings: { inputPrefix: parameter(stack).valueAsString } }),
      /^settings have a value that is known at deployment only$/,
    ],
  ]
  for (const [what, propsIn, message] of cases) {
    it(`are refused: ${what}`, () => {
      assert.throws(() => pipelineIn((stack) => propsIn(stack) as SupertrendPipelineProps), {
        name: 'RefusedError',
        message,
      })
    })
  }
})

describe('properties of a new bucket', () => {
  it('give a warning when the bucket exists', () => {
    const { stack } = pipelineIn((stack) => ({
      bucket: Bucket.fromBucketName(stack, 'Theirs', 'their-bucket'),
      versioned: true,
      incomingExpiration: Duration.days(30),
    }))
    const warnings = Annotations.fromStack(stack).findWarning(
      '*',
      Match.stringLikeRegexp('these do nothing: versioned, incomingExpiration'),
    )
    assert.equal(warnings.length, 1)
  })
})
