/**
 * The calls of KMS that come with other calls: a caller that uses data that a key encrypts has to be allowed to use the key. Sources:
 * the developer guides of S3, SQS, SNS and CloudWatch Logs, "Encryption".
 */
import type { GrantedPolicies, Request } from './granted.ts'
import { ACCOUNT, arnOf, REGION, type Resource } from './resolve.ts'

const USES: Readonly<Record<string, readonly string[]>> = {
  's3:GetObject': ['kms:Decrypt'],
  // a part of an upload decrypts the data key of the upload
  's3:PutObject': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['kms:Decrypt'],
  'sns:Publish': ['kms:GenerateDataKey', 'kms:Decrypt'],
}

/** Keys by the ARN of what they encrypt. */
export type Keys = ReadonlyMap<string, string>

/** @param existing the keys of what is not in the template */
export function keysIn(policies: GrantedPolicies, existing: Keys): Keys {
  const keys = new Map(existing)
  const named: Readonly<Record<string, (properties: Resource['Properties']) => string | undefined>> = {
    'AWS::S3::Bucket': ({ BucketEncryption }) =>
      BucketEncryption?.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID,
    'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
    'AWS::SNS::Topic': ({ KmsMasterKeyId }) => KmsMasterKeyId,
    'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
  }
  for (const [type, keyOf] of Object.entries(named)) {
    for (const [id, { Properties = {} }] of policies.resources(type)) {
      const key = keyOf(Properties)
      if (key !== undefined) keys.set(arnOf(id, policies.template.Resources), keyArnOf(key))
    }
  }
  return keys
}

/** A template names a key by its ARN or its id. */
function keyArnOf(key: string): string {
  return key.startsWith('arn:') ? key : `arn:aws:kms:${REGION}:${ACCOUNT}:key/${key}`
}

export function keyCalls(keys: Keys, calls: readonly Request[]): Request[] {
  const ofCalls = calls.flatMap(({ caller, action, resource }) => {
    const key = keys.get(resource) ?? keys.get(resource.split('/')[0]!)
    const actions = key === undefined ? [] : (USES[action] ?? [])
    return actions.map((use) => ({ caller, action: use, resource: key!, why: `${action} ${resource}` }))
  })
  return [...ofCalls, ...logCalls(keys)]
}

/** The service that keeps the logs uses their key itself, for every writer. */
function logCalls(keys: Keys): Request[] {
  const groups = [...keys].filter(([arn]) => arn.startsWith('arn:aws:logs:'))
  return groups.flatMap(([arn, resource]) =>
    ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom'].map((action) => ({
      caller: `logs.${REGION}.amazonaws.com`,
      action,
      resource,
      context: { 'kms:EncryptionContext:aws:logs:arn': arn.replace(/:\*$/, '') },
      why: `the log ${arn}`,
    })),
  )
}
