/**
 * A template with every intrinsic function replaced by what CloudFormation would make of it: names and ARNs of one account
 * and region, so that policies can be evaluated.
 */
export interface Resource {
  readonly Type: string
  // biome-ignore lint/suspicious/noExplicitAny: the properties of any type
  readonly Properties: any
}
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
}

/** Those of the option that names an account and a region. */
export const ACCOUNT = '123456789012'
export const REGION = 'eu-west-1'
const STACK = 'ParquetSupertrend'

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': STACK,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${STACK}/1f2e3d`,
}

const regional = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`

/** What a resource is called where its template gives it a name, and its ARN. */
const TYPES: Readonly<Record<string, { readonly nameProperty?: string; readonly arn: (name: string) => string }>> = {
  'AWS::S3::Bucket': { nameProperty: 'BucketName', arn: (name) => `arn:aws:s3:::${name}` },
  'AWS::SQS::Queue': { nameProperty: 'QueueName', arn: (name) => regional('sqs', name) },
  'AWS::SNS::Topic': { nameProperty: 'TopicName', arn: (name) => regional('sns', name) },
  'AWS::KMS::Key': { arn: (name) => regional('kms', `key/${name}`) },
  'AWS::IAM::Role': { nameProperty: 'RoleName', arn: (name) => `arn:aws:iam::${ACCOUNT}:role/${name}` },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    arn: (name) => `arn:aws:iam::${ACCOUNT}:policy/${name}`,
  },
  'AWS::Lambda::Function': { nameProperty: 'FunctionName', arn: (name) => regional('lambda', `function:${name}`) },
  'AWS::Lambda::EventSourceMapping': { arn: (name) => regional('lambda', `event-source-mapping:${name}`) },
  'AWS::Logs::LogGroup': { nameProperty: 'LogGroupName', arn: (name) => regional('logs', `log-group:${name}:*`) },
  'AWS::Events::Rule': { nameProperty: 'Name', arn: (name) => regional('events', `rule/${name}`) },
  'AWS::Events::EventBus': { nameProperty: 'Name', arn: (name) => regional('events', `event-bus/${name}`) },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    arn: (name) => regional('scheduler', `schedule/default/${name}`),
  },
  'AWS::StepFunctions::StateMachine': {
    nameProperty: 'StateMachineName',
    arn: (name) => regional('states', `stateMachine:${name}`),
  },
  'AWS::CloudWatch::Alarm': { nameProperty: 'AlarmName', arn: (name) => regional('cloudwatch', `alarm:${name}`) },
  'AWS::CloudWatch::CompositeAlarm': {
    nameProperty: 'AlarmName',
    arn: (name) => regional('cloudwatch', `alarm:${name}`),
  },
}

/** Types whose `Ref` is their ARN. */
const REF_IS_ARN = ['AWS::SNS::Topic', 'AWS::StepFunctions::StateMachine', 'AWS::IAM::ManagedPolicy']
const NO_VALUE = Symbol('AWS::NoValue')

/** @throws Error for a function that is not known here: a policy with a hole in it would be judged wrongly */
export function resolved(template: Template): Template {
  const { Resources } = template
  const resources = Object.entries(Resources).map(([id, resource]) => [id, valueIn(resource, Resources)])
  return { Resources: Object.fromEntries(resources) }
}

// biome-ignore lint/suspicious/noExplicitAny: a part of a template
function valueIn(node: any, resources: Template['Resources']): any {
  if (Array.isArray(node)) return node.map((each) => valueIn(each, resources)).filter((each) => each !== NO_VALUE)
  if (typeof node !== 'object' || node === null) return node
  const [[name, argument] = [], ...others] = Object.entries(node)
  if (others.length === 0 && (name === 'Ref' || name?.startsWith('Fn::'))) return call(name, argument, resources)
  const entries = Object.entries(node).map(([name, value]) => [name, valueIn(value, resources)] as const)
  return Object.fromEntries(entries.filter(([, value]) => value !== NO_VALUE))
}

// biome-ignore lint/suspicious/noExplicitAny: the argument of any function
function call(name: string, argument: any, resources: Template['Resources']): unknown {
  const value = name === 'Ref' || name === 'Fn::GetAtt' || name === 'Fn::Sub' ? argument : valueIn(argument, resources)
  switch (name) {
    case 'Ref':
      return referenced(value, resources)
    case 'Fn::GetAtt':
      return attribute(value[0], value[1], resources)
    case 'Fn::Join':
      return value[1].join(value[0])
    case 'Fn::Split':
      return value[1].split(value[0])
    case 'Fn::Select':
      return value[1][Number(value[0])]
    case 'Fn::Sub':
      return String(value).replaceAll(/\$\{([^!}]+)\}/g, (_, of: string) => {
        const [id, ...path] = of.split('.')
        return String(path.length > 0 ? attribute(id!, path.join('.'), resources) : referenced(of, resources))
      })
    default:
      throw new Error(`what does ${name} make of ${JSON.stringify(argument)}?`)
  }
}

function referenced(id: string, resources: Template['Resources']): unknown {
  if (id === 'AWS::NoValue') return NO_VALUE
  if (id in PSEUDO_PARAMETERS) return PSEUDO_PARAMETERS[id]
  const type = resources[id]?.Type
  if (type === 'AWS::SQS::Queue') return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${nameOf(id, resources)}`
  if (type === 'AWS::Lambda::Alias' || type === 'AWS::Lambda::Version') {
    const { FunctionName, Name = '1' } = valueIn(resources[id]!.Properties, resources)
    return `${TYPES['AWS::Lambda::Function']!.arn(FunctionName.split(':').at(-1))}:${Name}`
  }
  return type && REF_IS_ARN.includes(type) ? arnOf(id, resources) : nameOf(id, resources)
}

function attribute(id: string, name: string, resources: Template['Resources']): unknown {
  if (/Arn$/.test(name)) return arnOf(id, resources)
  if (/Name$/.test(name)) return nameOf(id, resources)
  return `${id}.${name}`
}

function nameOf(id: string, resources: Template['Resources']): string {
  const { Type, Properties = {} } = resources[id] ?? {}
  if (Type === undefined) throw new Error(`the template has no resource ${id}`)
  const given = Properties[TYPES[Type]?.nameProperty ?? '']
  if (given !== undefined) return valueIn(given, resources)
  const generated = `${STACK}-${id}-4KUJ0QD8`
  // buckets have lower-case names of up to 63 characters
  return Type === 'AWS::S3::Bucket' ? generated.toLowerCase().slice(-63) : generated
}

export function arnOf(id: string, resources: Template['Resources']): string {
  const arn = TYPES[resources[id]?.Type ?? '']?.arn
  if (!arn) throw new Error(`what is the ARN of ${resources[id]?.Type} ${id}?`)
  return arn(nameOf(id, resources))
}
