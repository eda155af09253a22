/**
 * Refuses properties that the pipeline does not know or that have another type, which nothing else tells a user of JavaScript,
 * and values that are known only at deployment where the synthesis needs them.
 */
import { Token } from 'aws-cdk-lib/core'
import { RefusedError } from '../functions/shared/errors.ts'
import type { SupertrendPipelineProps } from './pipeline-props.ts'

/** A test of a value, and the values that pass it. */
type PropertyKind = readonly [isOne: (value: unknown) => boolean, allowed: string]

/** Whether it is an object with such a member. Not `instanceof`: an app may have installed CDK twice. */
const withMember = (member: string) => (value: unknown) =>
  typeof value === 'object' && value !== null && member in value

const A_SIZE: PropertyKind = [withMember('toMebibytes'), 'a Size, such as Size.mebibytes(512)']
const A_DURATION: PropertyKind = [withMember('toSeconds'), 'a Duration, such as Duration.minutes(5)']
const A_NUMBER: PropertyKind = [(value) => typeof value === 'number', 'a number']
const A_BOOLEAN: PropertyKind = [(value) => typeof value === 'boolean', 'true and false']
const A_TEXT: PropertyKind = [(value) => typeof value === 'string', 'a text']
const AN_OBJECT: PropertyKind = [(value) => withMember('constructor')(value) && !Array.isArray(value), 'an object']
const A_TOPIC: PropertyKind = [withMember('topicArn'), 'an ITopic, such as Topic.fromTopicArn(this, "Page", ARN)']
const VIAS = ['s3', 'eventbridge']

const PROPERTY_KINDS: Readonly<Record<keyof SupertrendPipelineProps, PropertyKind>> = {
  settings: AN_OBJECT,
  bucket: [withMember('bucketArn'), 'an IBucket, such as Bucket.fromBucketName(this, "Uploads", NAME)'],
  via: [(value) => VIAS.includes(value as string), VIAS.join(' and ')],
  memory: A_SIZE,
  timeout: A_DURATION,
  architecture: [withMember('dockerPlatform'), 'Architecture.ARM_64 and Architecture.X86_64'],
  ephemeralStorage: A_SIZE,
  maxConcurrency: A_NUMBER,
  repairsConcurrency: A_NUMBER,
  reservedConcurrency: A_NUMBER,
  encryptionKey: [withMember('keyArn'), 'an IKey, such as Key.fromKeyArn(this, "Key", ARN)'],
  versioned: A_BOOLEAN,
  incomingExpiration: A_DURATION,
  noncurrentExpiration: A_DURATION,
  reportExpiration: A_DURATION,
  chartExpiration: A_DURATION,
  alarms: AN_OBJECT,
  runbookUrl: A_TEXT,
  maxWait: A_DURATION,
  maxSilence: A_DURATION,
  canaryEvery: A_DURATION,
  auditRepairs: A_BOOLEAN,
  onCallPolicy: A_BOOLEAN,
  outputs: A_BOOLEAN,
  table: AN_OBJECT,
  tracing: A_BOOLEAN,
  logRetention: A_DURATION,
  removalPolicy: A_TEXT,
  isEmulated: A_BOOLEAN,
}

const ALARMS: Readonly<Record<string, PropertyKind>> = { page: A_TOPIC, ticket: A_TOPIC }

/** @throws RefusedError `settings` naming each property that is unknown, of another kind, or known only at deployment */
export function checkKinds(props: SupertrendPipelineProps): void {
  if (!AN_OBJECT[0](props))
    throw new RefusedError('settings', `the properties are ${inJson(props)}; allowed is an object`)
  const problems = [
    ...problemsOf(props, PROPERTY_KINDS, ''),
    ...(AN_OBJECT[0](props.alarms) ? problemsOf(props.alarms!, ALARMS, 'alarms.') : []),
    ...aliasesIn(props),
  ]
  if (problems.length === 0) problems.push(...tokensIn(props))
  if (problems.length > 0) throw new RefusedError('settings', problems.join('; '))
}

function problemsOf(given: object, kinds: Readonly<Record<string, PropertyKind>>, before: string): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (!Object.hasOwn(kinds, name)) {
      return [`${before}${name} is no property; allowed are ${Object.keys(kinds).join(', ')}`]
    }
    const [isOne, allowed] = kinds[name]!
    if (value === undefined || isOne(value)) return []
    return [`${before}${name} is ${inJson(value)}; allowed ${allowed.includes(' and ') ? 'are' : 'is'} ${allowed}`]
  })
}

/** Policies of IAM do not know aliases: all that uses the key would be denied. */
function aliasesIn({ encryptionKey, bucket }: SupertrendPipelineProps): string[] {
  const keys = { encryptionKey, 'the encryptionKey of the bucket': bucket?.encryptionKey }
  return Object.entries(keys)
    .filter(([, key]) => key !== undefined && withMember('aliasName')(key))
    .map(([name]) => `${name} is an alias; allowed is the key itself, such as Key.fromKeyArn(this, "Key", ARN)`)
}

function tokensIn(props: SupertrendPipelineProps): string[] {
  const { settings = {}, ...others } = props
  const { carry, perPrefix, ...own } = settings
  const prefixes = Object.entries(own).filter(([name]) => name.endsWith('Prefix'))
  const values = [...Object.entries(others), ...prefixes, ...Object.entries(carry ?? {})]
  const names = values.filter(([, value]) => isKnownLater(value)).map(([name]) => name)
  if (perPrefix?.some(({ prefix }) => Token.isUnresolved(prefix))) names.push('perPrefix')
  return names.map((name) => `${name} is known only at deployment; allowed is a value that the synthesis knows`)
}

function isKnownLater(value: unknown): boolean {
  if (typeof value === 'number' || typeof value === 'string') return Token.isUnresolved(value)
  return withMember('isUnresolved')(value) && (value as { isUnresolved(): boolean }).isUnresolved()
}

function inJson(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 100) ?? String(value)
}
