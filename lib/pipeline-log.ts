/** The log group of a function or a state machine, with the pipeline's retention, removal policy and encryption key. */
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Pipeline } from './pipeline-props.ts'

export interface LogProps extends Pick<Pipeline, 'logRetention' | 'removalPolicy' | 'encryptionKey'> {
  /** Undefined: CloudFormation names it. */
  readonly logGroupName?: string
}

export class PipelineLog extends LogGroup {
  constructor(scope: Construct, id: string, { logGroupName, logRetention, removalPolicy, encryptionKey }: LogProps) {
    const retention = logRetention.toDays()
    super(scope, id, {
      retention,
      removalPolicy,
      ...(logGroupName !== undefined && { logGroupName }),
      ...(encryptionKey && { encryptionKey }),
    })
  }
}
