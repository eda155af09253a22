import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib/core'
import type { Environment, EnvironmentName } from '../../lib/environments.ts'
import { OPTIONS, templateOf } from './synthesised.ts'

/** What would be lost with a resource: files, messages, logs, subscriptions, and what a key has encrypted. */
const STATEFUL = [
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Topic',
  'AWS::KMS::Key',
] as const

/** Values that every row has, changed. */
const CHANGES: Readonly<Record<string, Environment>> = {
  ...OPTIONS,
  'more memory': { memory: Size.gibibytes(2) },
  'a longer timeout': { timeout: Duration.minutes(15) },
  'more at a time': { maxConcurrency: 50 },
  'a shorter log': { logRetention: Duration.days(3) },
  'another removal policy': { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
  'another prefix': { settings: { inputPrefix: 'bars/' } },
}

/** What a setting means to give up, because something of the user takes its place. */
const GIVEN_UP: Readonly<Record<string, readonly string[]>> = {
  'an existing bucket': ['AWS::S3::Bucket'],
  'an existing bucket with a key': ['AWS::S3::Bucket'],
  'topics of another tool': ['AWS::SNS::Topic', 'AWS::SNS::Topic'],
}

interface Resource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
}

describe('an update', () => {
  const createOnly = createOnlyProperties()
  const before = statefulIn('dev')

  it('is judged by the schemas of CloudFormation', () => {
    assert.deepEqual(createOnly['AWS::SQS::Queue'], ['FifoQueue', 'QueueName'])
    assert.deepEqual(Object.keys(before).length, 3 + 1 + 2 + 3)
  })

  for (const [what, more] of Object.entries(CHANGES)) {
    it(`replaces nothing that holds anything: ${what}, and back`, () => {
      const after = statefulIn('dev', more)
      const givenUp: string[] = []
      for (const [id, resource] of Object.entries(before)) {
        const updated = after[id]
        if (!updated) givenUp.push(resource.Type)
        else assert.deepEqual(fixedOf(updated), fixedOf(resource), id)
      }
      assert.deepEqual(givenUp, GIVEN_UP[what] ?? [])
    })
  }

  const fixedOf = ({ Type, Properties = {} }: Resource) => [
    Type,
    ...createOnly[Type]!.map((property) => [property, Properties[property]]),
  ]
})

describe('a resource that contains data in prod', () => {
  it('is kept when the stack is deleted or an update replaces it, but for topics', () => {
    for (const [id, { Type, DeletionPolicy, UpdateReplacePolicy }] of Object.entries(
      statefulIn('prod', { encryptionKey: 'new' }),
    )) {
      if (Type === 'AWS::SNS::Topic') continue
      assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['RetainExceptOnCreate', 'Retain'], id)
    }
  })
})

function statefulIn(name: EnvironmentName, more?: Environment): Record<string, Resource> {
  const resources: Record<string, Resource> = templateOf(name, more).toJSON().Resources
  const found = Object.entries(resources).filter(([, { Type }]) => STATEFUL.some((stateful) => stateful === Type))
  return Object.fromEntries(found)
}

/** From the copy of the schemas that the CDK command line has for `cdk diff`. */
function createOnlyProperties(): Record<string, string[]> {
  const file = new URL('../../node_modules/aws-cdk/db.json.gz', import.meta.url)
  const { schema } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    schema: { resource: { entities: Record<string, SchemaResource> } }
  }
  const resources = Object.values(schema.resource.entities)
  return Object.fromEntries(
    STATEFUL.map((type) => {
      const { properties } = resources.find(({ cloudFormationType }) => cloudFormationType === type)!
      const names = Object.entries(properties).filter(([, { causesReplacement = 'no' }]) => causesReplacement !== 'no')
      return [type, names.map(([name]) => name).sort()]
    }),
  )
}

interface SchemaResource {
  readonly cloudFormationType: string
  readonly properties: Record<string, { readonly causesReplacement?: string }>
}
