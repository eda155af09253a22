/** Audits the whole bucket on a schedule, and so finds files whose event was lost. */
import { RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { ArnFormat, Duration, Size, Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { AUDIT_VARIABLES, FUNCTION_VARIABLES } from '../functions/shared/names.ts'
import { allowKeys } from './encryption.ts'
import { acknowledgeWildcard } from './enrichment-function.ts'
import { nagNameOf } from './nag-spelling.ts'
import type { Pipeline } from './pipeline-props.ts'
import type { Queues } from './queues.ts'
import { ScheduledFunction } from './scheduled-function.ts'

export interface AuditProps extends Pipeline {
  readonly bucket: IBucket
  readonly queues: Queues
}

/** One whole processor: a HEAD takes 0.6 ms of it, so a million take ten minutes. */
const MEMORY = Size.mebibytes(1769)
const TIMEOUT = Duration.minutes(15)
/** At night in Europe and America; on Sundays everything. */
const SCHEDULES = { changed: { minute: '17', hour: '3' }, all: { minute: '17', hour: '5', weekDay: 'SUN' } } as const

export class Audit extends ScheduledFunction {
  readonly #prefixes: readonly string[]

  constructor(scope: Construct, id: string, props: AuditProps) {
    const { name, bucket, queues, settings, parsed, memory, maxWait, auditRepairs, encryptionKey } = props
    // named, because its role has to name it
    const functionName = `${name}-audit`
    const itself = { service: 'lambda', resource: 'function', resourceName: functionName }
    const itsArn = Stack.of(scope).formatArn({ ...itself, arnFormat: ArnFormat.COLON_RESOURCE_NAME })
    super(scope, id, {
      ...props,
      code: 'bucket-audit',
      functionName,
      memory: MEMORY,
      timeout: TIMEOUT,
      variables: {
        [FUNCTION_VARIABLES.settings]: JSON.stringify(settings),
        [FUNCTION_VARIABLES.bucket]: bucket.bucketName,
        [FUNCTION_VARIABLES.repairsQueueUrl]: queues.repairs.queueUrl,
        [AUDIT_VARIABLES.functionMemory]: `${memory.toMebibytes()}`,
        [AUDIT_VARIABLES.maxWait]: `${maxWait.toSeconds()}`,
        [AUDIT_VARIABLES.repairs]: `${auditRepairs}`,
      },
      permissions: [
        ...(auditRepairs ? [{ actions: ['sqs:SendMessage'], resource: queues.repairs.queueArn }] : []),
        { actions: ['lambda:InvokeFunction'], resource: itsArn },
      ],
      keys: [encryptionKey],
      errorsReason: 'Its errors raise an alarm; the event of the schedule contains nothing to keep.',
    })
    this.#prefixes = [parsed.inputPrefix, parsed.outputPrefix, parsed.failurePrefix]
    this.#auditOf('Schedule', bucket, {})
  }

  /** Audits another bucket as well. */
  addSourceBucket(id: string, bucket: IBucket): void {
    this.#auditOf(id, bucket, { bucket: bucket.bucketName })
  }

  #auditOf(id: string, bucket: IBucket, event: object): void {
    this.allow(['s3:ListBucket'], bucket.bucketArn)
    for (const prefix of this.#prefixes) {
      this.allow(['s3:GetObject'], bucket.arnForObjects(`${prefix}*`))
      acknowledgeWildcard(this.role, `${nagNameOf(bucket)}/${prefix}*`, 'Objects have any names.')
    }
    allowKeys(this.role, [bucket.encryptionKey])
    const reason = 'The next audit covers the keys of an audit that did not start.'
    for (const [mode, at] of Object.entries(SCHEDULES)) {
      this.callOn(`${id}-${mode}`, Schedule.cron(at), reason, RuleTargetInput.fromObject({ mode, ...event }))
    }
  }
}
