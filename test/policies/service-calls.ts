/**
 * Every call that AWS itself makes because of a template: of its own accord, or with a role of the template. Read from the
 * template's notifications, alarms, rules, schedules, event sources, logs and state machines.
 */
import { functionArnOf, type GrantedPolicies, type Request } from './granted.ts'
import { ACCOUNT, arnOf, REGION, type Resource } from './resolve.ts'
import { stateMachineCalls, tracing } from './state-machine-calls.ts'

export function serviceCalls(policies: GrantedPolicies): Request[] {
  return [
    ...notificationCalls(policies),
    ...handlerCalls(policies),
    ...alarmCalls(policies),
    ...ruleCalls(policies),
    ...scheduleCalls(policies),
    ...functionCalls(policies),
    ...stateMachineCalls(policies),
    ...trustCalls(policies),
  ]
}

const from = (arn: string) => ({ 'aws:SourceArn': arn, 'aws:SourceAccount': ACCOUNT })
const [S3, CLOUDWATCH, EVENTS] = ['s3.amazonaws.com', 'cloudwatch.amazonaws.com', 'events.amazonaws.com']

function notificationCalls(policies: GrantedPolicies): Request[] {
  const configured = [
    ...policies.resources('AWS::S3::Bucket').map(([id, { Properties }]) => {
      const queues: Resource['Properties'][] = Properties.NotificationConfiguration?.QueueConfigurations ?? []
      return { bucket: arnOf(id, policies.template.Resources), queues: queues.map(({ Queue }) => Queue) }
    }),
    ...policies.resources('Custom::S3BucketNotifications').map(([, { Properties }]) => {
      const queues: Resource['Properties'][] = Properties.NotificationConfiguration.QueueConfigurations ?? []
      return { bucket: `arn:aws:s3:::${Properties.BucketName}`, queues: queues.map(({ QueueArn }) => QueueArn) }
    }),
  ]
  return configured.flatMap(({ bucket, queues }) =>
    [...new Set<string>(queues)].map((resource) => ({
      caller: S3,
      action: 'sqs:SendMessage',
      resource,
      context: from(bucket),
      why: 'a notification of the bucket',
    })),
  )
}

/** CDK's own function, which adds notifications to a bucket that is not of the stack. */
function handlerCalls(policies: GrantedPolicies): Request[] {
  return policies.resources('Custom::S3BucketNotifications').flatMap(([, { Properties }]) => {
    const [, handler] = policies
      .resources('AWS::Lambda::Function')
      .find(([id]) => arnOf(id, policies.template.Resources) === Properties.ServiceToken)!
    const resource = `arn:aws:s3:::${Properties.BucketName}`
    const call = (action: string) => ({ caller: handler.Properties.Role, action, resource, why: 'notifications' })
    return ['s3:GetBucketNotification', 's3:PutBucketNotification'].map(call)
  })
}

function alarmCalls(policies: GrantedPolicies): Request[] {
  const alarms = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    policies.resources(type),
  )
  const own = new Set(policies.resources('AWS::SNS::Topic').map(([id]) => arnOf(id, policies.template.Resources)))
  return alarms.flatMap(([id, { Properties }]) =>
    [...(Properties.AlarmActions ?? []), ...(Properties.OKActions ?? [])]
      // the policy of a topic of another stack cannot be seen
      .filter((topic: string) => own.has(topic))
      .map((resource: string) => ({
        caller: CLOUDWATCH,
        action: 'sns:Publish',
        resource,
        context: from(arnOf(id, policies.template.Resources)),
        why: `the alarm ${id}`,
      })),
  )
}

/** What a target is asked to do, by the service in its ARN. */
const TARGET_ACTIONS: Readonly<Record<string, string>> = {
  lambda: 'lambda:InvokeFunction',
  sqs: 'sqs:SendMessage',
  sns: 'sns:Publish',
  states: 'states:StartExecution',
  events: 'events:PutEvents',
}

function targetAction(arn: string): string {
  const action = TARGET_ACTIONS[arn.split(':')[2]!]
  if (!action) throw new Error(`what is done with the target ${arn}?`)
  return action
}

function ruleCalls(policies: GrantedPolicies): Request[] {
  return policies.resources('AWS::Events::Rule').flatMap(([id, { Properties }]) =>
    Properties.Targets.flatMap(({ Arn, RoleArn, DeadLetterConfig }: Resource['Properties']) =>
      [Arn, DeadLetterConfig?.Arn]
        .filter((resource) => resource !== undefined)
        .map((resource: string) => ({
          caller: RoleArn ?? EVENTS,
          action: targetAction(resource),
          resource,
          context: from(arnOf(id, policies.template.Resources)),
          why: `the rule ${id}`,
        })),
    ),
  )
}

function scheduleCalls(policies: GrantedPolicies): Request[] {
  return policies.resources('AWS::Scheduler::Schedule').map(([id, { Properties }]) => {
    const { Arn, RoleArn } = Properties.Target
    return { caller: RoleArn, action: targetAction(Arn), resource: Arn, why: `the schedule ${id}` }
  })
}

/** What Lambda does with the role of a function. */
function functionCalls(policies: GrantedPolicies): Request[] {
  const roles = new Map<string, string>()
  const calls = policies.resources('AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const { Role, LoggingConfig, TracingConfig } = Properties
    roles.set(arnOf(id, policies.template.Resources), Role)
    const logGroup = LoggingConfig?.LogGroup ?? `/aws/lambda/${id}`
    const stream = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroup}:log-stream:2026`
    return [
      { caller: Role, action: 'logs:CreateLogStream', resource: stream.replace(/:log-stream:.*$/, ':*'), why: 'logs' },
      { caller: Role, action: 'logs:PutLogEvents', resource: stream, why: `the log of ${id}` },
      ...(TracingConfig?.Mode === 'Active' ? tracing(Role) : []),
    ]
  })
  const sources = policies.resources('AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    const [, name] = /^(?:arn:.*:function:)?([^:]+)/.exec(Properties.FunctionName) ?? []
    const caller = roles.get(functionArnOf(name!))
    if (!caller) throw new Error(`which function is ${Properties.FunctionName}?`)
    const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
    return actions.map((action) => ({ caller, action, resource: Properties.EventSourceArn, why: `the source ${id}` }))
  })
  return [...calls, ...sources]
}

/** A service takes over a role before it uses it. */
function trustCalls(policies: GrantedPolicies): Request[] {
  const users: Readonly<Record<string, readonly [service: string, property: string]>> = {
    'AWS::Lambda::Function': ['lambda.amazonaws.com', 'Role'],
    'AWS::StepFunctions::StateMachine': ['states.amazonaws.com', 'RoleArn'],
  }
  const calls = Object.entries(users).flatMap(([type, [caller, property]]) =>
    policies.resources(type).map(([id, { Properties }]) => ({
      caller,
      action: 'sts:AssumeRole',
      resource: Properties[property] as string,
      context: from(arnOf(id, policies.template.Resources)),
      why: `the role of ${id}`,
    })),
  )
  const schedules = policies.resources('AWS::Scheduler::Schedule').map(([id, { Properties }]) => ({
    caller: 'scheduler.amazonaws.com',
    action: 'sts:AssumeRole',
    resource: Properties.Target.RoleArn as string,
    context: from(arnOf(id, policies.template.Resources)),
    why: `the role of ${id}`,
  }))
  return [...calls, ...schedules]
}
