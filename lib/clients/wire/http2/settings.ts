import { ConnectionFault, ErrorCode } from "./error_code.ts";
import { DEFAULT_MAX_FRAME_BYTES, MAX_31_BITS, readUint32 } from "./frame.ts";

/** RFC 9113 section 6.5.2. */
export const SettingId = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

/** Who sends the settings. */
export type Peer = "client" | "server";

/** What the peer has asked of this side; at first, what the RFC has for it. */
export interface PeerSettings {
  readonly peer: Peer;
  headerTableBytes: number;
  maxConcurrentStreams: number;
  initialWindowBytes: number;
  maxFrameBytes: number;
}

export function defaultPeerSettings(peer: Peer): PeerSettings {
  return {
    peer,
    headerTableBytes: 4096,
    maxConcurrentStreams: Infinity,
    initialWindowBytes: 65_535,
    maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
  };
}

const ENTRY_BYTES = 6;
const LARGEST_MAX_FRAME_BYTES = 2 ** 24 - 1;
/** A server must not offer to be pushed to. */
const LARGEST_ENABLE_PUSH: Readonly<Record<Peer, number>> = { client: 1, server: 0 };

/**
 * Applies the payload of a SETTINGS frame, entry by entry. Unknown settings do not count.
 *
 * @throws {ConnectionFault} where a value is not allowed.
 */
export function applySettings(
  settings: PeerSettings,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if ((end - start) % ENTRY_BYTES !== 0) {
    throw new ConnectionFault(
      ErrorCode.FRAME_SIZE_ERROR,
      `sent SETTINGS of ${end - start} bytes, no multiple of ${ENTRY_BYTES}`,
    );
  }
  for (let at = start; at < end; at += ENTRY_BYTES) {
    applySetting(settings, (bytes[at]! << 8) | bytes[at + 1]!, readUint32(bytes, at + 2));
  }
}

function applySetting(settings: PeerSettings, identifier: number, value: number): void {
  switch (identifier) {
    case SettingId.HEADER_TABLE_SIZE:
      settings.headerTableBytes = value;
      break;
    case SettingId.ENABLE_PUSH:
      if (value > LARGEST_ENABLE_PUSH[settings.peer]) {
        refuse(ErrorCode.PROTOCOL_ERROR, "SETTINGS_ENABLE_PUSH", value);
      }
      break;
    case SettingId.MAX_CONCURRENT_STREAMS:
      settings.maxConcurrentStreams = value;
      break;
    case SettingId.INITIAL_WINDOW_SIZE:
      if (value > MAX_31_BITS) {
        refuse(ErrorCode.FLOW_CONTROL_ERROR, "SETTINGS_INITIAL_WINDOW_SIZE", value);
      }
      settings.initialWindowBytes = value;
      break;
    case SettingId.MAX_FRAME_SIZE:
      if (value < DEFAULT_MAX_FRAME_BYTES || value > LARGEST_MAX_FRAME_BYTES) {
        refuse(ErrorCode.PROTOCOL_ERROR, "SETTINGS_MAX_FRAME_SIZE", value);
      }
      settings.maxFrameBytes = value;
      break;
  }
}

function refuse(code: number, name: string, value: number): never {
  throw new ConnectionFault(code, `sent ${name} ${value}, which is not allowed`);
}
