/** Checks the properties of a pipeline as a program in JavaScript may give them, where no compiler does. */
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Architecture } from 'aws-cdk-lib/aws-lambda'
import { Duration, RemovalPolicy, Size, Token } from 'aws-cdk-lib/core'
import { RefusedError } from '../functions/shared/errors.ts'
import type { SupertrendPipelineProps } from './pipeline-props.ts'

interface PropKind {
  readonly allowed: string
  is(value: unknown): boolean
}

const hasProperty = (name: string) => (value: unknown) => typeof value === 'object' && value !== null && name in value
const propKind = (allowed: string, is: PropKind['is']): PropKind => ({ allowed, is })
const oneOfThese = (...values: readonly string[]) =>
  propKind(values.map((value) => `'${value}'`).join(' and '), (value) => values.includes(value as string))

const AN_OBJECT = propKind('an object', (value) => typeof value === 'object' && value !== null)
const A_STRING = propKind('a text', (value) => typeof value === 'string')
const A_BOOLEAN = propKind('true and false', (value) => typeof value === 'boolean')
const A_NUMBER = propKind(
  'a number that is known at synthesis',
  (value) => typeof value === 'number' && !Token.isUnresolved(value),
)
const A_DURATION = propKind(
  'a Duration that is known at synthesis, such as Duration.minutes(5)',
  (value) => value instanceof Duration && !value.isUnresolved(),
)
const A_SIZE = propKind(
  'a Size that is known at synthesis, such as Size.mebibytes(512)',
  (value) => value instanceof Size && !value.isUnresolved(),
)
// policies of IAM that name an alias allow nothing
const A_KEY = propKind(
  'a key, such as Key.fromKeyArn(...), and no alias',
  (value) => hasProperty('keyArn')(value) && !('aliasName' in (value as IKey)),
)

const PROP_KINDS: Readonly<Record<keyof SupertrendPipelineProps, PropKind>> = {
  settings: AN_OBJECT,
  bucket: propKind('a bucket, such as Bucket.fromBucketName(...)', hasProperty('bucketArn')),
  via: oneOfThese('s3', 'eventbridge'),
  memory: A_SIZE,
  timeout: A_DURATION,
  architecture: propKind('a value of Architecture', (value) => value instanceof Architecture),
  ephemeralStorage: A_SIZE,
  maxConcurrency: A_NUMBER,
  repairsConcurrency: A_NUMBER,
  reservedConcurrency: A_NUMBER,
  encryptionKey: A_KEY,
  versioned: A_BOOLEAN,
  incomingExpiration: A_DURATION,
  noncurrentExpiration: A_DURATION,
  reportExpiration: A_DURATION,
  chartExpiration: A_DURATION,
  alarms: propKind(
    '{ page, ticket }, each a topic such as Topic.fromTopicArn(...)',
    (value) =>
      AN_OBJECT.is(value) &&
      Object.values(value as object).every((each) => each === undefined || hasProperty('topicArn')(each)),
  ),
  runbookUrl: A_STRING,
  maxWait: A_DURATION,
  maxSilence: A_DURATION,
  canaryEvery: A_DURATION,
  auditRepairs: A_BOOLEAN,
  outputs: A_BOOLEAN,
  onCallPolicy: A_BOOLEAN,
  table: AN_OBJECT,
  tracing: A_BOOLEAN,
  logRetention: A_DURATION,
  removalPolicy: oneOfThese(...Object.values(RemovalPolicy)),
  isEmulated: A_BOOLEAN,
}

/** @throws RefusedError `settings` with every property that is unknown or of another kind */
export function checkGivenProps(props: object): void {
  if (!AN_OBJECT.is(props))
    throw new RefusedError('settings', `the properties are ${String(props)}; allowed is an object`)
  const problems = Object.entries(props).flatMap(([name, value]) => {
    if (value === undefined) return []
    const kind = Object.hasOwn(PROP_KINDS, name) ? PROP_KINDS[name as keyof typeof PROP_KINDS] : undefined
    if (!kind) return [`${name} is no property; allowed are ${Object.keys(PROP_KINDS).join(', ')}`]
    return kind.is(value) ? [] : [`${name} is not allowed as it is; allowed is ${kind.allowed}`]
  })
  // in a policy or a filter, it would be the text of the token
  if (Token.isUnresolved(JSON.stringify((props as SupertrendPipelineProps).settings))) {
    problems.push('settings have a value that is known at deployment only')
  }
  if (problems.length > 0) throw new RefusedError('settings', problems.join('; '))
}

const OF_NEW_BUCKETS = [
  'versioned',
  'incomingExpiration',
  'noncurrentExpiration',
  'reportExpiration',
  'chartExpiration',
] as const satisfies readonly (keyof SupertrendPipelineProps)[]

/** @returns the properties that do nothing, because the bucket exists */
export function propsWithoutEffect(props: SupertrendPipelineProps): readonly string[] {
  return props.bucket ? OF_NEW_BUCKETS.filter((name) => props[name] !== undefined) : []
}
