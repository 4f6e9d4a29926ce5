import { ByteAccumulator } from "../../../clients/wire/http1/byte_accumulator.ts";
import type { CallHead } from "./call_head.ts";

const NOTHING: Uint8Array = new Uint8Array();

/** One call on its stream (RFC 9113 section 5.1), from its head until its answer has left. */
export class CallStream {
  /** Half-closed: nothing more may come. */
  requestEnded = false;
  /** Takes the call back from whoever is to answer it. */
  takeBack: () => void = () => {};
  isAnswered = false;
  /** What has come so far of content that did not come in one piece. */
  #content: ByteAccumulator | null = null;
  contentBytes = 0;
  /** What of the answer's content has not left. */
  unsent: Uint8Array = NOTHING;

  /** @param sendWindowBytes What the client takes on this stream; may be below 0. */
  constructor(
    readonly streamId: number,
    readonly head: CallHead,
    public sendWindowBytes: number,
  ) {}

  get content(): Uint8Array {
    return this.#content?.bytes ?? NOTHING;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.#content ??= new ByteAccumulator();
    this.#content.append(bytes, start, end);
  }

  forgetContent(): void {
    this.#content?.clear();
    this.#content = null;
  }
}
