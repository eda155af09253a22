/** Resources as cdk-nag names them in its findings: with them, a finding is acknowledged. */
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { type CfnElement, Stack } from 'aws-cdk-lib/core'

/** @returns the ARN of a bucket as cdk-nag spells it, also of one whose name is known at deployment only */
export function nagNameOf(bucket: IBucket): string {
  const resource = bucket.node.defaultChild
  if (resource) return `<${Stack.of(bucket).getLogicalId(resource as CfnElement)}.Arn>`
  return nagSpelling(Stack.of(bucket).resolve(bucket.bucketArn))
}

/** @returns a resolved ARN as cdk-nag spells it */
export function nagSpelling(arn: unknown): string {
  if (typeof arn === 'string') return arn
  const [name = '', argument] = Object.entries(arn as object)[0] ?? []
  if (name === 'Fn::Join') return (argument[1] as unknown[]).map(nagSpelling).join(argument[0])
  if (name === 'Ref') return `<${argument}>`
  if (name === 'Fn::GetAtt') return `<${argument.join('.')}>`
  if (name === 'Fn::ImportValue') return nagSpelling(argument)
  if (name === 'Fn::Sub') return [argument].flat()[0].replaceAll('${', '<').replaceAll('}', '>')
  return JSON.stringify(arn)
}
