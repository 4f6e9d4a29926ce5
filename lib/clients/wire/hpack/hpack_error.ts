/** A header block that cannot be decoded. The tables are out of step then: the connection is lost. */
export class HpackError extends Error {
  override readonly name = "HpackError";
}
