/** A column of a file, as far as the market rules need to know it. */
export interface ColumnDescription {
  /** A field of a struct has the names of all structs around it in its name: `candle.high`. */
  readonly name: string
  /** Whether it is a field of a struct, which is used only if the user names it. */
  readonly isField?: boolean
  /** How values are stored; `nested` for anything that is not one value per row. */
  readonly physical:
    | 'BOOLEAN'
    | 'INT32'
    | 'INT64'
    | 'INT96'
    | 'FLOAT'
    | 'DOUBLE'
    | 'BYTE_ARRAY'
    | 'FIXED_LEN_BYTE_ARRAY'
    | 'nested'
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value, otherwise 0. */
  readonly width: number
  /** The meaning of the stored values. */
  readonly logical: LogicalType
}

export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

export type LogicalType =
  | { readonly kind: 'none' | 'string' | 'date' | 'float16' }
  /** Text that is read as numbers. */
  | { readonly kind: 'numeral' }
  /** `bits` if the file states them. */
  | { readonly kind: 'integer'; readonly signed: boolean; readonly bits?: number }
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly utc: boolean }
  /** A time of day without its day. */
  | { readonly kind: 'time'; readonly unit: TimeUnit }
  /** A length of time; it may be the time since midnight. */
  | { readonly kind: 'duration'; readonly unit: TimeUnit }
  /** A period of pandas, such as a month, in the spelling of pandas. Number 0 is the period with which 1970 begins. */
  | { readonly kind: 'period'; readonly frequency: string }
  /** Anything else; the name is for messages. */
  | { readonly kind: 'other'; readonly name: string }

/** How messages name a column's type. */
export function typeName({ physical, width, logical }: ColumnDescription): string {
  if (physical === 'nested') return 'nested'
  switch (logical.kind) {
    case 'string':
    case 'numeral':
      return 'text'
    case 'timestamp':
      return `timestamp[${logical.unit}]`
    case 'decimal':
      return 'decimal'
    case 'integer':
      return `${logical.signed ? '' : 'u'}int`
    case 'time':
      return 'time of day'
    case 'duration':
      return `duration[${logical.unit}]`
    case 'period':
      return `period[${logical.frequency}]`
    case 'other':
      return logical.name
    case 'none':
      return physical === 'FIXED_LEN_BYTE_ARRAY' ? `${width} bytes` : physical.toLowerCase()
    default:
      return logical.kind
  }
}
