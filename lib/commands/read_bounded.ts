import { InterruptedError } from "../errors.ts";

/** A file that is open for reading. */
export interface ByteSource {
  read(buffer: Uint8Array): Promise<number | null>;
  close(): void;
}

/** No file of this program's is larger, and a path may name a device that never ends. */
const MAX_BYTES = 16 * 1024 * 1024;
/** A path may name a pipe that nobody writes to: to open it waits for ever, and to read it as well. */
export const PATIENCE_MS = 5000;

/** {@link readBytesBounded}, as text in UTF-8. */
export async function readBounded(
  open: () => Promise<ByteSource>,
  interrupt: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<string> {
  return new TextDecoder().decode(await readBytesBounded(open, interrupt, patienceMs));
}

/**
 * Reads a whole file, up to a bound, and as long as something comes.
 *
 * @param patienceMs How long is waited for the next bytes.
 * @throws {InterruptedError} where the user stops it; another error where it cannot be read.
 */
export async function readBytesBounded(
  open: () => Promise<ByteSource>,
  interrupt: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<Uint8Array> {
  const source = await patiently(open(), interrupt, patienceMs);
  try {
    const bytes = new Uint8Array(MAX_BYTES + 1);
    let length = 0;
    while (true) {
      const count = await patiently(source.read(bytes.subarray(length)), interrupt, patienceMs);
      if (count === null) break;
      length += count;
      if (length > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    }
    return bytes.slice(0, length);
  } finally {
    source.close();
  }
}

/** What is still pending when nobody waits any longer is left to the end of the process. */
async function patiently<T>(
  pending: Promise<T>,
  interrupt: AbortSignal,
  patienceMs: number,
): Promise<T> {
  let stop = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const giveUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`nothing came from it in ${patienceMs} ms`)),
      patienceMs,
    );
    stop = () =>
      reject(new InterruptedError("Cannot show a result: stopped while a file was read."));
  });
  interrupt.addEventListener("abort", stop);
  if (interrupt.aborted) stop();
  try {
    return await Promise.race([pending, giveUp]);
  } finally {
    clearTimeout(timer);
    interrupt.removeEventListener("abort", stop);
  }
}
