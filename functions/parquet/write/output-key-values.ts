/** The key-value metadata of the output: that of the input, in which schemas of other programs gain the new columns. */
import { ARROW_SCHEMA } from '../format/arrow-schema.ts'
import { editArrowSchema } from '../format/edit-arrow-schema.ts'
import { FILE_METADATA, KEY_VALUE } from '../format/fields.ts'
import { extendPandas, type FrameChanges, PANDAS } from '../format/pandas-metadata.ts'
import { type ThriftStruct, type ThriftValue, thrift } from '../format/thrift.ts'

/** Replaces the value of a pair with the same key; undefined removes that pair. */
export interface KeyValue {
  readonly key: string
  readonly value: string | undefined
}

/** @returns undefined when no pairs are left */
export function outputKeyValues(
  meta: ThriftStruct,
  note: KeyValue | undefined,
  frame: FrameChanges,
): ThriftValue | undefined {
  // the text is there twice, and that of a frame with thousands of columns is long
  const frames = new Map<string, string>()
  const extended = (text: string) => {
    const known = frames.get(text) ?? extendPandas(text, frame)
    frames.set(text, known)
    return known
  }
  const edits = {
    remove: frame.isReplaced,
    add: frame.added.map(({ field }) => field),
    // pyarrow reads this copy, not the other one
    value: (key: string, value: string) => (key === PANDAS ? extended(value) : undefined),
  }
  const pairs: ThriftValue[] = []
  for (const struct of meta.structs(FILE_METADATA.keyValueMetadata) ?? []) {
    const key = struct.text(KEY_VALUE.key) ?? ''
    const value = struct.text(KEY_VALUE.value)
    if (key === note?.key) continue
    if (key === ARROW_SCHEMA && value !== undefined) {
      // an unreadable schema is left out: readers refuse a file whose schema does not name the new columns
      const edited = editArrowSchema(value, edits)
      if (edited !== undefined) pairs.push(keyValuePair(key, edited))
    } else if (key === PANDAS && value !== undefined) pairs.push(keyValuePair(key, extended(value)))
    else pairs.push(struct.with({}))
  }
  if (note?.value !== undefined) pairs.push(keyValuePair(note.key, note.value))
  return pairs.length > 0 ? thrift.list(pairs) : undefined
}

function keyValuePair(key: string, value: string): ThriftValue {
  return thrift.struct({ [KEY_VALUE.key]: thrift.binary(key), [KEY_VALUE.value]: thrift.binary(value) })
}
