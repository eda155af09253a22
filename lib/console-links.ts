/** Links into the console of AWS. AWS documents none of these forms; they are those that the console itself makes. */

export function alarmLink(region: string, alarmName: string): string {
  return `${cloudWatch(region)}#alarmsV2:alarm/${alarmName}`
}

export function queueLink(region: string, account: string, queueName: string): string {
  const url = ['https:', '', `sqs.${region}.amazonaws.com`, account, queueName].join('%2F').replace(':', '%3A')
  return `https://console.aws.amazon.com/sqs/v3/home?region=${region}#/queues/${url}`
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
  return `https://console.aws.amazon.com/cloudwatch/home?region=${region}`
}
