/** A header field as HTTP/2 carries it: both parts are byte strings, one character for each byte. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** RFC 7541 section 4.1, and the same in RFC 9113 section 10.5.1: what each field costs besides its text. */
const FIELD_OVERHEAD_BYTES = 32;

/** What a field counts as towards the size of a dynamic table or a header list. */
export function fieldBytes({ name, value }: HeaderField): number {
  return name.length + value.length + FIELD_OVERHEAD_BYTES;
}
