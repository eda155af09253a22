/** The app with each environment, and with each optional setting: what is tested of templates is tested of all of them. */
import { Template as TemplateOfStack } from 'aws-cdk-lib/assertions'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Duration } from 'aws-cdk-lib/core'
import { ENVIRONMENT_NAMES, type Environment, type EnvironmentName } from '../../lib/environments.ts'
import { OPTIONS, pipelineIn, templateOf } from '../lib/synthesised.ts'
import type { Template } from '../policies/resolve.ts'

/** Settings of the function that change what it may do. */
const SETTINGS = {
  chartPrefix: 'charts/',
  droppedPrefix: 'removed/',
  eventBus: 'market',
  onRemoved: 'remove',
  carry: { within: 'incoming/*/' },
} as const satisfies Environment['settings']

export interface Setup {
  readonly name: string
  readonly template: () => Template
  /** ARNs of keys by the ARN of what they encrypt, where that is not in the template. */
  readonly existingKeys: ReadonlyMap<string, string>
}

function rowOf(name: string, environment: EnvironmentName, options: Environment = {}): Setup {
  const { existingBucketName, existingBucketKeyArn: key } = options
  const existingKeys = new Map(key ? [[`arn:aws:s3:::${existingBucketName}`, key]] : [])
  return { name, template: () => templateOf(environment, options).toJSON() as Template, existingKeys }
}

/** In which everything is used that a policy may allow. */
export const WHOLE = rowOf('prod with a key and every setting of the function', 'prod', {
  settings: SETTINGS,
  encryptionKey: 'new',
  onCallPolicy: true,
})

/** Only a construct of a user's own app can have one. */
const WITH_SOURCE_BUCKET: Setup = {
  name: 'a construct with a second source bucket',
  template: () => {
    const { stack, pipeline } = pipelineIn(() => ({
      canaryEvery: Duration.hours(1),
      settings: SETTINGS,
      onCallPolicy: true,
    }))
    pipeline.addSourceBucket(Bucket.fromBucketName(stack, 'Theirs', 'their-bucket'))
    return TemplateOfStack.fromStack(stack).toJSON() as Template
  },
  existingKeys: new Map(),
}

const dev = (what: string, options: Environment) => rowOf(`dev with ${what}`, 'dev', options)

export const SETUPS: readonly Setup[] = [
  ...ENVIRONMENT_NAMES.map((name) => rowOf(name, name)),
  ...Object.entries(OPTIONS).map(([what, options]) => dev(what, options)),
  ...Object.entries(SETTINGS).map(([name, value]) => dev(`the setting ${name}`, { settings: { [name]: value } })),
  dev('EventBridge, a key, an on-call policy, and an existing bucket that has another key', {
    ...OPTIONS['an existing bucket with a key'],
    via: 'eventbridge',
    encryptionKey: 'new',
    onCallPolicy: true,
  }),
  WITH_SOURCE_BUCKET,
  WHOLE,
]
