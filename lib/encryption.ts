/** Grants the use of a customer key to services that write to encrypted resources and to the roles of the function. */
import { type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Annotations, ArnFormat, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'

/** Writing a new object generates a data key; reading it, or uploading a further part, decrypts that key. */
const USE = ['kms:Decrypt', 'kms:GenerateDataKey']

export interface EncryptionProps {
  readonly key: IKey
  readonly via: 's3' | 'eventbridge'
}

export class Encryption extends Construct {
  constructor(scope: Construct, id: string, { key, via }: EncryptionProps) {
    super(scope, id)
    const stack = Stack.of(this)
    // without conditions: the policies of the queues and topics restrict the sources for which these services send
    const senders = ['cloudwatch.amazonaws.com', `${via === 's3' ? 's3' : 'events'}.amazonaws.com`]
    // the only principal with the domain of the partition, such as amazonaws.com.cn
    const logsService = `logs.${stack.region}.${stack.urlSuffix}`
    const logs = { service: 'logs', resource: 'log-group', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME }
    const statements = [
      new PolicyStatement({
        principals: senders.map((service) => new ServicePrincipal(service)),
        actions: USE,
        resources: ['*'],
      }),
      new PolicyStatement({
        principals: [new ServicePrincipal(logsService)],
        actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        resources: ['*'],
        // of this account: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': stack.formatArn(logs) } },
      }),
    ]
    const added = statements.map((statement) => key.addToResourcePolicy(statement).statementAdded)
    if (added.includes(false)) {
      const services = [...senders, logsService].join(', ')
      const text = `the policy of the imported key ${key.keyArn} has to allow ${services}; see docs/deployment.md`
      Annotations.of(this).addInfoV2('parquet-supertrend:key-policy', text)
    }
  }
}

/** Lets a role encrypt and decrypt with each of the keys that are defined. */
export function allowKeys(role: IRole, keys: readonly (IKey | undefined)[]): void {
  const arns = keys.flatMap((key) => (key ? [key.keyArn] : []))
  if (arns.length === 0) return
  role.addToPrincipalPolicy(new PolicyStatement({ actions: USE, resources: [...new Set(arns)] }))
}
