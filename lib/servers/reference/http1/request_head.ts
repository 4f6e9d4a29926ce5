/** How the end of a request's content is found (RFC 9112 section 6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" };

/** What a request's fields say, as far as a server needs it to read on and to answer. */
export interface RequestFields {
  readonly framing: Framing;
  /** Whether the client sends its content only once it is told to (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
  /** What the answer says of its connection; `null` where the version says it by itself. */
  readonly connection: "keep-alive" | "close" | null;
}

export interface RequestHead extends RequestFields {
  readonly method: string;
  /** As in the request line: with the query. */
  readonly target: string;
}

/** A fault of the client, after which nothing on its connection can be understood. */
export class RequestFault extends Error {
  override readonly name = "RequestFault";

  /** @param status What it is answered with. */
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export const MAX_CONTENT_BYTES = 16 * 1024 * 1024;

const REQUEST_LINE = /^([!#-'*+.0-9A-Z^-z|~-]+) ([!-~]+) HTTP\/(\d)\.(\d)$/;
const FIELD_LINE = /^([!#-'*+.0-9A-Z^-z|~-]+):[ \t]*([\t -~\x80-\xff]*)$/;
/** A name or an address, and a port: what is wrong with it otherwise, no server can tell. */
const HOST = /^[^\s/?#@]*$/;
/** Their values would not mean what they say, were they joined. */
const STANDS_ONCE = new Set(["host", "content-length"]);

/**
 * Reads a whole head.
 *
 * @param text Its lines, CRLF between them, without the empty one; an octet is a character.
 * @throws {RequestFault}
 */
export function parseRequestHead(text: string): RequestHead {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const [, method, target, major, minor] = REQUEST_LINE.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) {
    throw new RequestFault(400, "the request line is none of HTTP/1.1");
  }
  if (major !== "1") throw new RequestFault(505, "only HTTP/1.1 is spoken here");
  return { method, target, ...parseFields(lines, minor !== "0") };
}

/** @param persists Whether the version keeps its connections, as all but 1.0 do (RFC 9112 section 9.3). */
function parseFields(lines: readonly string[], persists: boolean): RequestFields {
  const fields = fieldsOf(lines);
  const host = fields.get("host");
  if (persists && host === undefined) throw new RequestFault(400, "there is no Host");
  if (host !== undefined && !HOST.test(host)) throw new RequestFault(400, "the Host is none");
  const options = (fields.get("connection") ?? "").toLowerCase().split(",");
  const says = (option: string) => options.some((it) => it.trim() === option);
  const keepsAlive = !says("close") && (persists || says("keep-alive"));
  return {
    framing: framingOf(fields, persists),
    expectsContinue: persists && fields.get("expect")?.toLowerCase() === "100-continue",
    connection: keepsAlive ? (persists ? null : "keep-alive") : "close",
  };
}

/** @throws {RequestFault} where a line is no field, or one stands twice that must not. */
function fieldsOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new RequestFault(400, "a line of the head is no field");
    }
    const key = name.toLowerCase();
    const before = fields.get(key);
    if (before !== undefined && STANDS_ONCE.has(key)) {
      throw new RequestFault(400, `there is more than one ${name}`);
    }
    fields.set(key, before === undefined ? value.trimEnd() : `${before}, ${value.trimEnd()}`);
  }
  return fields;
}

/** RFC 9112 section 6.1: what two readers might take for two different requests is none at all. */
function framingOf(fields: ReadonlyMap<string, string>, hasChunks: boolean): Framing {
  const coding = fields.get("transfer-encoding");
  const length = fields.get("content-length");
  if (coding !== undefined) {
    if (length !== undefined) throw new RequestFault(400, "there is a length, and chunks as well");
    if (!hasChunks) throw new RequestFault(400, "HTTP/1.0 has no Transfer-Encoding");
    if (coding.toLowerCase() === "chunked") return { kind: "chunked" };
    throw new RequestFault(501, "of transfer codings, only chunked is known here");
  }
  if (length === undefined) return { kind: "none" };
  if (!/^\d+$/.test(length)) throw new RequestFault(400, "the Content-Length is no number");
  if (Number(length) > MAX_CONTENT_BYTES) throw contentTooLarge();
  return Number(length) === 0 ? { kind: "none" } : { kind: "length", bytes: Number(length) };
}

export function contentTooLarge(): RequestFault {
  return new RequestFault(413, `the content is longer than ${MAX_CONTENT_BYTES} bytes`);
}
