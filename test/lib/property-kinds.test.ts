import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Alias, Key } from 'aws-cdk-lib/aws-kms'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { CfnParameter, Duration, Fn, Size, type Stack } from 'aws-cdk-lib/core'
import type { SupertrendPipelineProps } from '../../lib/supertrend-pipeline.ts'
import { pipelineIn } from './synthesised.ts'

/** From JavaScript, where no compiler checks it. */
const refused: readonly [props: unknown, message: RegExp][] = [
  [{ memmory: 3 }, /^Market\/Bars: memmory is no property; allowed are settings, bucket, via, /],
  [{ via: 'eventBridge' }, /^Market\/Bars: via is "eventBridge"; allowed are s3 and eventbridge$/],
  [{ memory: 512 }, /^Market\/Bars: memory is 512; allowed is a Size, such as Size.mebibytes\(512\)$/],
  [{ timeout: 300 }, /^Market\/Bars: timeout is 300; allowed is a Duration,/],
  [{ logRetention: 90 }, /^Market\/Bars: logRetention is 90; allowed is a Duration,/],
  [
    { architecture: 'arm64' },
    /^Market\/Bars: architecture is "arm64"; allowed are Architecture.ARM_64 and Architecture.X86_64$/,
  ],
  [{ bucket: 'my-bucket' }, /^Market\/Bars: bucket is "my-bucket"; allowed is an IBucket,/],
  [{ encryptionKey: 'arn:aws:kms:x' }, /^Market\/Bars: encryptionKey is "arn:aws:kms:x"; allowed is an IKey,/],
  [{ alarms: { page: 'arn:aws:sns:x' } }, /^Market\/Bars: alarms.page is "arn:aws:sns:x"; allowed is an ITopic,/],
  [{ alarms: { pages: {} } }, /^Market\/Bars: alarms.pages is no property; allowed are page, ticket$/],
  [{ settings: null }, /^Market\/Bars: settings is null; allowed is an object$/],
  [{ versioned: 'yes' }, /^Market\/Bars: versioned is "yes"; allowed are true and false$/],
  [{ memory: 1, timeout: 2 }, /^Market\/Bars: memory is 1; .*; timeout is 2; /],
  [null, /^Market\/Bars: the properties are null; allowed is an object$/],
]

describe('a property of the pipeline', () => {
  for (const [props, message] of refused) {
    it(`is refused with its name: ${JSON.stringify(props)}`, () => {
      assert.throws(() => pipelineIn(() => props as SupertrendPipelineProps), { name: 'RefusedError', message })
    })
  }

  const later: Readonly<Record<string, (stack: Stack) => SupertrendPipelineProps>> = {
    maxConcurrency: (stack) => ({ maxConcurrency: new CfnParameter(stack, 'N', { type: 'Number' }).valueAsNumber }),
    timeout: (stack) => ({ timeout: Duration.seconds(new CfnParameter(stack, 'N', { type: 'Number' }).valueAsNumber) }),
    memory: (stack) => ({ memory: Size.mebibytes(new CfnParameter(stack, 'N', { type: 'Number' }).valueAsNumber) }),
    inputPrefix: () => ({ settings: { inputPrefix: Fn.importValue('prefix') } }),
    within: () => ({ settings: { carry: { within: Fn.importValue('pattern') } } }),
    perPrefix: () => ({ settings: { perPrefix: [{ prefix: Fn.importValue('prefix'), settings: {} }] } }),
  }
  for (const [name, propsIn] of Object.entries(later)) {
    it(`is refused where the synthesis needs a value that only the deployment knows: ${name}`, () => {
      const message = `Market/Bars: ${name} is known only at deployment; allowed is a value that the synthesis knows`
      assert.throws(() => pipelineIn(propsIn), { message })
    })
  }

  it('may be known only at deployment where it is a name', () => {
    assert.doesNotThrow(() =>
      pipelineIn((stack) => ({
        settings: { eventBus: Fn.importValue('bus') },
        bucket: Bucket.fromBucketName(stack, 'Theirs', Fn.importValue('bucket')),
        encryptionKey: Key.fromKeyArn(stack, 'Key', Fn.importValue('key')),
      })),
    )
  })
})

describe('an alias of a key', () => {
  const aliases: Readonly<Record<string, (stack: Stack) => SupertrendPipelineProps>> = {
    'that is imported': (stack) => ({ encryptionKey: Alias.fromAliasName(stack, 'Alias', 'alias/market') }),
    'of a key of the app': (stack) => ({ encryptionKey: new Key(stack, 'Key').addAlias('market') }),
    'of a bucket': (stack) => ({
      bucket: Bucket.fromBucketAttributes(stack, 'Theirs', {
        bucketName: 'their-bucket',
        encryptionKey: Alias.fromAliasName(stack, 'Alias', 'alias/market'),
      }),
    }),
  }
  for (const [what, propsIn] of Object.entries(aliases)) {
    it(`is refused, because policies of IAM do not know it: ${what}`, () => {
      assert.throws(() => pipelineIn(propsIn), /ncryptionKey.* is an alias; allowed is the key itself/)
    })
  }
})
