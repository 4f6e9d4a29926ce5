import type { HeaderField } from "../../../clients/wire/hpack/header_field.ts";
import { isGrpc } from "../../../clients/wire/grpc/status.ts";
import { problemOfRegular } from "../../../clients/wire/http2/field_section.ts";

/** What one field section of a request says: a call's head, or what comes behind its content. Never changes. */
export interface RequestSection {
  /** Whether the list was short enough to be kept whole. */
  readonly withinBounds: boolean;
  /** What makes it malformed as trailers (RFC 9113 section 8.1); `null` where nothing does. */
  readonly problem: string | null;
  /** `null` in what is no request's head (section 8.3.1). */
  readonly head: CallHead | null;
}

export interface CallHead {
  readonly method: string;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly isGrpc: boolean;
  /** How long the content says that it is; `null` where it does not. */
  readonly contentBytes: number | null;
}

const PSEUDO_HEADERS: ReadonlySet<string> = new Set([":method", ":scheme", ":path", ":authority"]);

export function readRequestSection(
  fields: readonly HeaderField[],
  withinBounds: boolean,
): RequestSection {
  const pseudoHeaders = new Map<string, string>();
  const headers = new Map<string, string>();
  let problem: string | null = null;
  for (const field of fields) {
    const { name, value } = field;
    if (!name.startsWith(":")) {
      problem ??= problemOfHeader(field, headers);
      headers.set(name, value);
    } else if (!PSEUDO_HEADERS.has(name) || pseudoHeaders.has(name) || headers.size > 0) {
      problem ??= `sent the pseudo-header "${name}" where none belongs`;
    } else {
      pseudoHeaders.set(name, value);
    }
  }
  const head = problem === null && withinBounds ? headOf(pseudoHeaders, headers) : null;
  if (head === null && pseudoHeaders.size > 0) {
    problem ??= "sent a head without all that belongs there";
  }
  return { withinBounds, problem, head };
}

function problemOfHeader(field: HeaderField, before: ReadonlyMap<string, string>): string | null {
  const { name, value } = field;
  if (name === "te" && value !== "trailers") return `sent the header "te" with "${value}"`;
  if (name === "content-length" && (!/^\d+$/.test(value) || before.has(name))) {
    return "sent a content-length that is no length";
  }
  return problemOfRegular(field);
}

function headOf(
  pseudoHeaders: ReadonlyMap<string, string>,
  headers: ReadonlyMap<string, string>,
): CallHead | null {
  const method = pseudoHeaders.get(":method");
  const path = pseudoHeaders.get(":path");
  if (method === undefined || !path || !pseudoHeaders.has(":scheme")) return null;
  const length = headers.get("content-length");
  return {
    method,
    path,
    isGrpc: isGrpc(headers.get("content-type") ?? ""),
    contentBytes: length === undefined ? null : Number(length),
  };
}
