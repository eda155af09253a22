/** Looks at the whole bucket again and again: what an event or a queue has lost is found here. */
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Function as LambdaFunction, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { LogGroup } from 'aws-cdk-lib/aws-logs'
import { ArnFormat, Duration, Size, Stack, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { FunctionSettings } from '../functions/lambda/function-settings.ts'
import { AUDIT_VARIABLES, FUNCTION_VARIABLES, SERVICE_VARIABLE } from '../functions/shared/names.ts'
import { bundledCode } from './bundle.ts'
import type { DropBucket } from './drop-bucket.ts'
import { acknowledgeWildcard, nagNameOf } from './enrichment-function.ts'
import type { Environment } from './environments.ts'
import type { Queues } from './queues.ts'

export interface AuditProps extends Environment {
  /** `settings`, parsed. */
  readonly parsed: FunctionSettings
  readonly drops: DropBucket
  readonly queues: Queues
}

/** One whole processor: a HEAD takes 0.6 ms of it, so a million take ten minutes. */
const MEMORY = Size.mebibytes(1769)
const TIMEOUT = Duration.minutes(15)
/** At night in Europe and America; on Sundays everything. */
const SCHEDULES = { changed: { minute: '17', hour: '3' }, all: { minute: '17', hour: '5', weekDay: 'SUN' } } as const

export class Audit extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, props: AuditProps) {
    super(scope, id)
    const { drops, queues, architecture, tracing, settings, removalPolicy, memory, maxWait, auditRepairs } = props
    const logGroup = new LogGroup(this, 'Log', { retention: props.logRetention.toDays(), removalPolicy })
    this.function = new LambdaFunction(this, 'Function', {
      // named, because its role has to name it
      functionName: this.#name,
      runtime: Runtime.NODEJS_24_X,
      architecture,
      code: bundledCode('bucket-audit'),
      handler: 'index.handler',
      memorySize: MEMORY.toMebibytes(),
      timeout: TIMEOUT,
      environment: {
        [FUNCTION_VARIABLES.settings]: JSON.stringify(settings),
        [FUNCTION_VARIABLES.bucket]: drops.bucket.bucketName,
        [FUNCTION_VARIABLES.repairsQueueUrl]: queues.repairs.queueUrl,
        [AUDIT_VARIABLES.functionMemory]: `${memory.toMebibytes()}`,
        [AUDIT_VARIABLES.maxWait]: `${maxWait.toSeconds()}`,
        [AUDIT_VARIABLES.repairs]: `${auditRepairs ?? true}`,
        [SERVICE_VARIABLE]: Stack.of(this).stackName,
      },
      role: this.#role(props, logGroup),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // the next one comes soon enough
      retryAttempts: 0,
    })
    for (const [mode, at] of Object.entries(SCHEDULES)) {
      const target = new LambdaTarget(this.function, { event: RuleTargetInput.fromObject({ mode }), retryAttempts: 0 })
      const rule = new Rule(this, `Schedule-${mode}`, { schedule: Schedule.cron(at), targets: [target] })
      const reason = 'An audit that was not started is made up for by the next one.'
      Validations.of(rule).acknowledge({ id: 'Serverless::Serverless-EventBusDLQ', reason })
    }
    const reason = 'Its errors are an alarm; an event of the schedule is not worth keeping.'
    const rules = ['LambdaDLQ', 'LambdaAsyncFailureDestination', ...(tracing ? [] : ['LambdaTracing'])]
    Validations.of(this.function).acknowledge(
      ...rules.map((rule) => ({ id: `Serverless::Serverless-${rule}`, reason })),
    )
  }

  get #name(): string {
    return `${Stack.of(this).stackName}-audit`
  }

  #role({ drops, queues, parsed, tracing }: AuditProps, logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
    const { bucket } = drops
    allow(['s3:ListBucket'], bucket.bucketArn)
    for (const prefix of [parsed.inputPrefix, parsed.outputPrefix, parsed.failurePrefix]) {
      allow(['s3:GetObject'], bucket.arnForObjects(`${prefix}*`))
      acknowledgeWildcard(role, `${nagNameOf(bucket)}/${prefix}*`, 'Objects have any names.')
    }
    allow(['sqs:SendMessage'], queues.repairs.queueArn)
    const itself = { service: 'lambda', resource: 'function', resourceName: this.#name }
    allow(['lambda:InvokeFunction'], Stack.of(this).formatArn({ ...itself, arnFormat: ArnFormat.COLON_RESOURCE_NAME }))
    if (tracing) acknowledgeWildcard(role, '*', 'X-Ray knows no resources to send traces to.')
    return role
  }
}
