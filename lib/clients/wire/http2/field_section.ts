import type { HeaderField } from "../hpack/header_field.ts";

/** The fields of one response head or of its trailers (RFC 9113 section 8.3). Never changes. */
export class FieldSection {
  /** The `:status`; `null` in trailers, which have none. */
  readonly status: number | null;
  /** What makes it malformed; `null` where nothing does. */
  readonly problem: string | null;

  /** @param withinBounds Whether the list was short enough to be kept whole. */
  constructor(readonly fields: readonly HeaderField[], readonly withinBounds: boolean) {
    const status = this.get(":status");
    this.status = status !== undefined && /^[1-5]\d\d$/.test(status) ? Number(status) : null;
    this.problem = withinBounds ? problemOf(fields) : null;
  }

  count(name: string): number {
    return this.fields.reduce((count, field) => field.name === name ? count + 1 : count, 0);
  }

  /** The first value of a name. */
  get(name: string): string | undefined {
    for (const field of this.fields) if (field.name === name) return field.value;
    return undefined;
  }
}

const FORBIDDEN = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Section 8.2: what a response must not contain; whether `:status` belongs there is seen elsewhere. */
function problemOf(fields: readonly HeaderField[]): string | null {
  let regular = false;
  let statuses = 0;
  for (const { name, value } of fields) {
    if (name.startsWith(":")) {
      if (name !== ":status" || ++statuses > 1) return `sent the pseudo-header "${name}"`;
      if (regular) return "sent a pseudo-header after a header";
      if (!/^[1-5]\d\d$/.test(value)) return `sent the status "${value}"`;
    } else {
      regular = true;
      const problem = problemOfRegular({ name, value });
      if (problem !== null) return problem;
    }
  }
  return null;
}

/** Of a field that is no pseudo-header, in a request or a response (sections 8.2.1 and 8.2.2). */
export function problemOfRegular({ name, value }: HeaderField): string | null {
  if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) return `sent the header name "${name}"`;
  if (FORBIDDEN.has(name)) return `sent the header "${name}", which HTTP/2 forbids`;
  if (/[\0\r\n]/.test(value)) return `sent a line break within the header "${name}"`;
  return null;
}
