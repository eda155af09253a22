/** A function that a schedule calls, such as the canary or the audit. The next run makes up for a failed one. */
import { Rule, type RuleTargetInput, type Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { Function as LambdaFunction, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda'
import { type Duration, type Size, Validations } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import { SERVICE_VARIABLE } from '../functions/shared/names.ts'
import { allowKeys } from './encryption.ts'
import { acknowledgeWildcard } from './enrichment-function.ts'
import { functionCode } from './function-code.ts'
import { type LogProps, PipelineLog } from './pipeline-log.ts'
import type { Pipeline } from './pipeline-props.ts'

export interface ScheduledFunctionProps extends LogProps, Pick<Pipeline, 'name' | 'architecture' | 'tracing'> {
  readonly code: Parameters<typeof functionCode>[0]
  /** Undefined: CloudFormation names it. */
  readonly functionName?: string
  readonly memory: Size
  readonly timeout: Duration
  readonly variables: Readonly<Record<string, string>>
  readonly permissions: readonly { readonly actions: string[]; readonly resource: string }[]
  /** Keys that encrypt the objects and messages that it reads and writes. */
  readonly keys: readonly (IKey | undefined)[]
  /** Reason why no queue keeps the events of failed runs. */
  readonly errorsReason: string
}

export abstract class ScheduledFunction extends Construct {
  readonly function: LambdaFunction
  readonly role: Role

  constructor(scope: Construct, id: string, props: ScheduledFunctionProps) {
    super(scope, id)
    const { code, functionName, memory, timeout, variables, architecture, tracing } = props
    const logGroup = new PipelineLog(this, 'Log', props)
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(this.role)
    for (const { actions, resource } of props.permissions) this.allow(actions, resource)
    allowKeys(this.role, props.keys)
    if (tracing) acknowledgeWildcard(this.role, '*', 'The actions of X-Ray accept no resource.')
    this.function = new LambdaFunction(this, 'Function', {
      ...(functionName !== undefined && { functionName }),
      runtime: Runtime.NODEJS_24_X,
      architecture,
      code: functionCode(code),
      handler: 'index.handler',
      memorySize: memory.toMebibytes(),
      timeout,
      environment: { ...variables, [SERVICE_VARIABLE]: props.name },
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      // the next run comes soon enough
      retryAttempts: 0,
    })
    const rules = ['LambdaDLQ', 'LambdaAsyncFailureDestination', ...(tracing ? [] : ['LambdaTracing'])]
    Validations.of(this.function).acknowledge(
      ...rules.map((rule) => ({ id: `Serverless::Serverless-${rule}`, reason: props.errorsReason })),
    )
  }

  protected allow(actions: string[], resource: string): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }))
  }

  /** @param reason reason why no queue keeps an event that did not reach the function */
  protected callOn(id: string, schedule: Schedule, reason: string, event?: RuleTargetInput): Rule {
    const target = new LambdaTarget(this.function, { ...(event && { event }), retryAttempts: 0 })
    const rule = new Rule(this, id, { schedule, targets: [target] })
    Validations.of(rule).acknowledge({ id: 'Serverless::Serverless-EventBusDLQ', reason })
    return rule
  }
}
