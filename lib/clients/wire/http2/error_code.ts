/** RFC 9113 section 7. */
export const ErrorCode = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

const NAMES = new Map<number, string>(
  Object.entries(ErrorCode).map(([name, code]) => [code, name]),
);

/** The name of a code, or the code itself where RFC 9113 has none for it. */
export function errorCodeName(code: number): string {
  return NAMES.get(code) ?? `code ${code}`;
}

/** A fault of the peer that ends the whole connection (section 5.4.1). */
export class ConnectionFault extends Error {
  override readonly name = "ConnectionFault";

  /** @param message What the peer did. */
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** A fault of the peer that ends one stream (section 5.4.2). */
export interface StreamFault {
  readonly code: number;
  /** Whether it is more than this side takes, or breaks the protocol. */
  readonly kind: "malformed" | "too-large";
  /** What the peer did. */
  readonly reason: string;
}
