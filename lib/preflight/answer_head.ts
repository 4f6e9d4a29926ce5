import { openConnection } from "../net/connection.ts";
import type { TlsSettings } from "../net/tls_settings.ts";
import { compileHttp } from "../requests/compile.ts";
import type { ValueSource } from "../requests/value_source.ts";
import { hostFieldOf, type Target } from "../net/target.ts";
import { cut } from "../terminal/cut.ts";
import type { Deadline } from "./deadline.ts";

/** What the head of an answer says that the clients do not keep. */
export interface AnswerHead {
  /** In lower case, without parameters. */
  readonly contentType: string | null;
  readonly location: string | null;
}

const NOTHING_SEEN: AnswerHead = { contentType: null, location: null };
/** A head that is longer is read so far only. */
const MOST_BYTES = 16 * 1024;
const MOST_CHARACTERS = 120;

/**
 * Asks a REST server once more, to look at the head of its answer: what cannot be measured is to be named.
 * Never rejects; where there is no head in HTTP/1.1, nothing was seen.
 */
export async function lookAtHead(
  target: Target,
  source: ValueSource,
  request: number,
  tls: TlsSettings,
  deadline: Deadline,
): Promise<AnswerHead> {
  const message = compileHttp(source).wireMessages(target.basePath, [
    ["Host", hostFieldOf(target)],
    ["Accept", "*/*"],
    ["Connection", "close"],
  ])().messageOf(request);
  try {
    const { connection } = await openConnection(target, {
      tls: target.tls ? tls : null,
      alpnProtocols: ["http/1.1"],
      timeoutMs: deadline.remainingMs,
      clock: deadline.clock,
      giveUp: deadline.signal,
    });
    const closeOnce = onlyOnce(() => connection.close());
    deadline.signal.addEventListener("abort", closeOnce);
    try {
      await connection.write(message);
      const bytes = new Uint8Array(MOST_BYTES);
      let length = 0;
      while (length < bytes.length && !endsHead(bytes.subarray(0, length))) {
        const count = await connection.read(bytes.subarray(length));
        if (count === 0) break;
        length += count;
      }
      return headIn(latin1(bytes.subarray(0, length)));
    } finally {
      deadline.signal.removeEventListener("abort", closeOnce);
      closeOnce();
    }
  } catch {
    return NOTHING_SEEN;
  }
}

function headIn(text: string): AnswerHead {
  const [head = ""] = text.split(/\r?\n\r?\n/, 1);
  const field = (name: string) => {
    const value = new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*$`, "im").exec(head)?.[1];
    return value === undefined || value === "" ? null : cut(value, MOST_CHARACTERS);
  };
  const contentType = field("content-type")?.replace(/;.*/, "").trim().toLowerCase() ?? null;
  return { contentType, location: field("location") };
}

function endsHead(bytes: Uint8Array): boolean {
  return /\r?\n\r?\n/.test(latin1(bytes));
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function onlyOnce(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
