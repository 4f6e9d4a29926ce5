import { CLIENT_PREFACE } from "../clients/wire/http2/frame.ts";
import type { Target } from "../net/target.ts";
import { authorityOf } from "../net/target.ts";
import {
  type Connection,
  ConnectionError,
  type ConnectionOptions,
  openConnection,
} from "../net/connection.ts";
import type { TlsSettings } from "../net/tls_settings.ts";
import type { Deadline } from "./deadline.ts";

/** What a port turned out to speak. */
export type SpokenProtocol = "HTTP/1.1" | "HTTP/2" | "TLS" | "silence" | "something else";

/** RFC 9113 section 3.4: the preface, then an empty SETTINGS frame. */
export const HTTP2_PREFACE = new Uint8Array([
  ...CLIENT_PREFACE,
  ...[0, 0, 0, 4, 0, 0, 0, 0, 0],
]);
const FRAME_SETTINGS = 4;
const FRAME_GOAWAY = 7;
const TLS_ALERT = 0x15;
const FIRST_BYTES = 64;
const MOST_PATIENCE_MS = 2000;

/**
 * Finds out what a port speaks, by greeting it in one protocol after another over fresh connections
 * until it answers in kind. Meant for naming the cause after a probe has failed.
 *
 * @param first The protocol to greet in first: the one that was expected there.
 */
export async function findSpokenProtocol(
  target: Target,
  first: "HTTP/1.1" | "HTTP/2",
  tls: TlsSettings,
  deadline: Deadline,
): Promise<SpokenProtocol> {
  const http1Request = new TextEncoder().encode(
    `GET / HTTP/1.1\r\nHost: ${authorityOf(target)}\r\nConnection: close\r\n\r\n`,
  );
  const greetings = first === "HTTP/1.1"
    ? [http1Request, HTTP2_PREFACE]
    : [HTTP2_PREFACE, http1Request];
  const ownTls = target.tls ? tls : null;
  let heard: SpokenProtocol = "silence";
  for (const greeting of greetings) {
    const answer = await greet(target, greeting, ownTls, deadline);
    heard = interpret(answer);
    // A TLS port may answer plain HTTP with an HTTP error page about it: let TLS have its say first.
    const conclusive = heard === "HTTP/1.1" || heard === "HTTP/2";
    if (heard === "TLS" || (conclusive && !mentionsTls(answer))) return heard;
    if (!target.tls && await speaksTls(target, tls, deadline)) return "TLS";
    if (conclusive) return heard;
  }
  return heard;
}

async function greet(
  target: Target,
  greeting: Uint8Array,
  tls: TlsSettings | null,
  deadline: Deadline,
): Promise<Uint8Array> {
  const alpnProtocols = greeting === HTTP2_PREFACE ? ["h2"] : ["http/1.1"];
  const patience = patienceWithin(deadline);
  let connection: Connection;
  try {
    ({ connection } = await openConnection(target, { tls, alpnProtocols, ...patience }));
  } catch (error) {
    if (error instanceof ConnectionError) return new Uint8Array();
    throw error;
  }
  // Closing ends a read that would wait for ever.
  let open = true;
  const close = () => {
    if (open) connection.close();
    open = false;
  };
  const timer = setTimeout(close, patience.timeoutMs);
  deadline.signal.addEventListener("abort", close);
  const buffer = new Uint8Array(1024);
  try {
    await connection.write(greeting);
    let length = 0;
    while (length < FIRST_BYTES) {
      const count = await connection.read(buffer.subarray(length));
      if (count === 0) break;
      length += count;
      if (interpret(buffer.subarray(0, length)) === "HTTP/2") break;
    }
    return buffer.slice(0, length);
  } catch {
    return new Uint8Array();
  } finally {
    clearTimeout(timer);
    deadline.signal.removeEventListener("abort", close);
    close();
  }
}

function interpret(answer: Uint8Array): SpokenProtocol {
  if (answer.length === 0) return "silence";
  if (asText(answer).startsWith("HTTP/1.")) return "HTTP/1.1";
  const [, , , frameType, , s1, s2, s3, s4] = answer;
  const onStream0 = s1 === 0 && s2 === 0 && s3 === 0 && s4 === 0;
  if (onStream0 && (frameType === FRAME_SETTINGS || frameType === FRAME_GOAWAY)) return "HTTP/2";
  if (answer[0] === TLS_ALERT && answer[1] === 3) return "TLS";
  return "something else";
}

/** nginx, Apache and Go say in a plain HTTP 400 that the port wants TLS. */
function mentionsTls(answer: Uint8Array): boolean {
  return /^HTTP\/1\.[01] 400/.test(asText(answer));
}

async function speaksTls(
  target: Target,
  tls: TlsSettings,
  deadline: Deadline,
): Promise<boolean> {
  const options = { tls, alpnProtocols: [], ...patienceWithin(deadline) };
  try {
    (await openConnection(target, options)).connection.close();
    return true;
  } catch (error) {
    return error instanceof ConnectionError && error.failure.kind === "certificate";
  }
}

/** A port that keeps silent to one greeting is to hear the next ones as well. */
function patienceWithin(deadline: Deadline): Omit<ConnectionOptions, "tls" | "alpnProtocols"> {
  return {
    timeoutMs: Math.min(MOST_PATIENCE_MS, deadline.remainingMs / 2),
    clock: deadline.clock,
    giveUp: deadline.signal,
  };
}

function asText(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
