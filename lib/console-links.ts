/** Links into the console of AWS. AWS documents none of these forms; they are those that the console itself makes. */

/** By the beginning of the region: China and the government of the United States have their own. */
const DOMAINS = {
  'cn-': { console: 'console.amazonaws.cn', service: 'amazonaws.com.cn' },
  'us-gov-': { console: 'console.amazonaws-us-gov.com', service: 'amazonaws.com' },
  '': { console: 'console.aws.amazon.com', service: 'amazonaws.com' },
} as const

/** @param region with a name that is known only at deployment: those of all other regions */
function domainsOf(region: string): { readonly console: string; readonly service: string } {
  const [, domains] = Object.entries(DOMAINS).find(([beginning]) => region.startsWith(beginning))!
  return domains
}

export function alarmLink(region: string, alarmName: string): string {
  return `${cloudWatch(region)}#alarmsV2:alarm/${alarmName}`
}

export function queueLink(region: string, account: string, queueName: string): string {
  const domains = domainsOf(region)
  const url = ['https:', '', `sqs.${region}.${domains.service}`, account, queueName].join('%2F').replace(':', '%3A')
  return `https://${domains.console}/sqs/v3/home?region=${region}#/queues/${url}`
}

export interface LogQuery {
  /** Its name is taken as it is, since CloudFormation may not know it yet: letters, digits and hyphens. */
  readonly logGroup: string
  readonly text: string
  readonly days: number
}

/** A query of Logs Insights, ready to run. */
export function logLink(region: string, { logGroup, text, days }: LogQuery): string {
  const { open, close, tilde, quote } = ENCODED
  const field = (name: string, value: string) => `${name}${tilde}${value}`
  const fields = [
    field('end', '0'),
    field('start', `-${days * 86_400}`),
    field('timeType', `${quote}RELATIVE`),
    field('unit', `${quote}seconds`),
    field('editorString', quote + inQuery(text)),
    field('source', `${open}${tilde}${quote}${logGroup}${close}`),
  ]
  const detail = `${tilde}${open}${fields.join(tilde)}${close}`
  return `${cloudWatch(region)}#logsV2:logs-insights$3FqueryDetail$3D${detail}`
}

/** The punctuation of the console's own notation for objects, encoded twice, with $ for %. */
const ENCODED = { open: '$2528', close: '$2529', tilde: '$257E', quote: '$2527' } as const

/** A text within that notation: the bytes of all but letters and digits are *xx. */
function inQuery(text: string): string {
  const encoded = encodeURIComponent(text).replaceAll('*', '%2A').replaceAll('%', '*')
  return encoded.replace(/[!'()~]/g, (character) => `*${character.charCodeAt(0).toString(16).toUpperCase()}`)
}

function cloudWatch(region: string): string {
  return `https://${domainsOf(region).console}/cloudwatch/home?region=${region}`
}
