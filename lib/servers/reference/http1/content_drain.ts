import { ByteAccumulator } from "../../../clients/wire/http1/byte_accumulator.ts";
import { ChunkedDecoder } from "../../../clients/wire/http1/chunked_decoder.ts";
import { HttpResponseError } from "../../../clients/wire/http1/http_response_error.ts";
import { contentTooLarge, type Framing, MAX_CONTENT_BYTES, RequestFault } from "./request_head.ts";

/** Reads a request's content to its end, and forgets it: nothing that is asked of these servers needs any. */
export class ContentDrain {
  #leftBytes = 0;
  #chunks: ChunkedDecoder | null = null;
  /** What was in chunks since the last look. */
  readonly #drained = new ByteAccumulator();
  #drainedBytes = 0;

  get ended(): boolean {
    return this.#chunks === null ? this.#leftBytes === 0 : this.#chunks.ended;
  }

  begin(framing: Framing): void {
    this.#leftBytes = framing.kind === "length" ? framing.bytes : 0;
    this.#chunks = framing.kind === "chunked" ? new ChunkedDecoder(MAX_CONTENT_BYTES) : null;
    this.#drainedBytes = 0;
  }

  /**
   * @returns Where it stopped: at `end`, or behind the content.
   * @throws {RequestFault}
   */
  drain(bytes: Uint8Array, start: number, end: number): number {
    if (this.#chunks !== null) return this.#drainChunks(this.#chunks, bytes, start, end);
    const count = Math.min(this.#leftBytes, end - start);
    this.#leftBytes -= count;
    return start + count;
  }

  #drainChunks(chunks: ChunkedDecoder, bytes: Uint8Array, start: number, end: number): number {
    try {
      const stopped = chunks.decode(bytes, start, end, this.#drained);
      this.#drainedBytes += this.#drained.length;
      this.#drained.clear();
      if (this.#drainedBytes > MAX_CONTENT_BYTES) throw contentTooLarge();
      return stopped;
    } catch (error) {
      if (!(error instanceof HttpResponseError)) throw error;
      if (error.errorType === "Response Too Large") throw contentTooLarge();
      throw new RequestFault(400, error.message);
    }
  }
}
