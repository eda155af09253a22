/** Events as the services send them; the shapes are those of the AWS documentation, the values are ours. */

const REGION = 'eu-central-1'
const TIME = '2024-03-01T09:30:00.000Z'
const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:123456789012:${resource}`
const json = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

interface RecordFields {
  readonly eventName?: string
  readonly eventVersion?: string | undefined
  readonly eventSource?: string
  /** Replaces single fields of the object. */
  readonly object?: Readonly<Record<string, unknown>>
}

/** A notification of S3 itself, to Lambda or as the body of a message. */
export function s3Event(key: string, { object, ...fields }: RecordFields = {}) {
  return {
    Records: [
      {
        eventVersion: '2.6',
        eventSource: 'aws:s3',
        awsRegion: REGION,
        eventTime: TIME,
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: 'AWS:AIDAEXAMPLE' },
        requestParameters: { sourceIPAddress: '192.0.2.7' },
        responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': 'FMyUVURIY8' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'uploads',
          bucket: {
            name: 'market-data',
            ownerIdentity: { principalId: 'A3NL1KOZZKExample' },
            arn: 'arn:aws:s3:::market-data',
          },
          object: {
            key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
            size: 1024,
            eTag: '9c8af9a76df052144598c115ef33e511',
            versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
            sequencer: '0055AED6DCD90281E5',
            ...object,
          },
        },
        ...fields,
      },
    ],
  }
}

/** @param fields replace single fields of the detail */
export function eventBridgeEvent(
  key: string,
  { kind = 'Object Created', ...fields }: { readonly kind?: string; readonly [field: string]: unknown } = {},
) {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': kind,
    source: 'aws.s3',
    account: '123456789012',
    time: TIME,
    region: REGION,
    resources: ['arn:aws:s3:::market-data'],
    detail: {
      version: '0',
      'event-version': '1.1',
      bucket: { name: 'market-data' },
      object: {
        key,
        size: 1024,
        etag: '9c8af9a76df052144598c115ef33e511',
        'version-id': '096fKKXTRTtl3on89fVO.nfljtsv6qko',
        sequencer: '0055AED6DCD90281E5',
      },
      'request-id': 'C3D13FE58DE4C810',
      requester: '123456789012',
      'source-ip-address': '192.0.2.7',
      reason: 'PutObject',
      ...fields,
    },
  }
}

/** What SNS sends to a queue without raw delivery. */
export function snsMessage(message: unknown, Type = 'Notification') {
  return {
    Type,
    MessageId: 'dc1e94d9-56c5-5e96-808d-cc7f68faa162',
    TopicArn: arn('sns', 'uploads'),
    Subject: 'Amazon S3 Notification',
    Message: json(message),
    Timestamp: TIME,
    SignatureVersion: '1',
    Signature: 'FMTEl',
    SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/cert.pem',
    UnsubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
  }
}

export function snsLambdaEvent(message: unknown) {
  const EventSubscriptionArn = arn('sns', 'uploads:21be56ed-a058-49f5-8c98-aedd2564c486')
  return {
    Records: [
      {
        EventVersion: '1.0',
        EventSubscriptionArn,
        EventSource: 'aws:sns',
        Sns: { ...snsMessage(message), MessageAttributes: {} },
      },
    ],
  }
}

/** One message for each body; the second one was received twice, and so on. */
export function sqsEvent(...bodies: readonly unknown[]) {
  return {
    Records: bodies.map((body, i) => ({
      messageId: `m${i}`,
      receiptHandle: `r${i}`,
      body: json(body),
      attributes: {
        ApproximateReceiveCount: String(i + 1),
        SentTimestamp: '1709285400000',
        SenderId: 'AIDAEXAMPLE',
        ApproximateFirstReceiveTimestamp: '1709285400001',
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: arn('sqs', 'arrivals'),
      awsRegion: REGION,
    })),
  }
}

/** What Lambda tells a destination of an asynchronous invocation that failed. */
export function invocationRecord(requestPayload: unknown) {
  return {
    version: '1.0',
    timestamp: TIME,
    requestContext: {
      requestId: 'e4b46cbf-b738-4880-a18c-df61200e1111',
      functionArn: arn('lambda', 'function:enrich:$LATEST'),
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload,
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'Process exited before completing request' },
  }
}

/** The same, to a destination that is an event bus. */
export function invocationResult(requestPayload: unknown) {
  return {
    version: '0',
    id: 'b9071294-275a-d84b-de0a-3b13104d5394',
    'detail-type': 'Lambda Function Invocation Result - Failure',
    source: 'lambda',
    account: '123456789012',
    time: TIME,
    region: REGION,
    resources: [arn('events', 'event-bus/default'), arn('lambda', 'function:enrich:$LATEST')],
    detail: invocationRecord(requestPayload),
  }
}
