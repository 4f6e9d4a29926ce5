import { ConnectionFault, ErrorCode } from "./error_code.ts";
import { Flag } from "./frame.ts";
import type { FrameReader } from "./frame_reader.ts";

/** How many of a frame's last bytes are padding (section 6.1). */
export function paddingOf({ bytes, flags, payloadStart, payloadEnd }: FrameReader): number {
  if ((flags & Flag.PADDED) === 0) return 0;
  const padding = payloadStart < payloadEnd ? bytes[payloadStart]! : 0;
  if (padding < payloadEnd - payloadStart) return padding;
  throw new ConnectionFault(ErrorCode.PROTOCOL_ERROR, "sent more padding than the frame is long");
}

export function expectLength(
  { type, payloadStart, payloadEnd }: FrameReader,
  length: number,
): void {
  if (payloadEnd - payloadStart === length) return;
  throw new ConnectionFault(
    ErrorCode.FRAME_SIZE_ERROR,
    `sent a frame of type ${type} with ${payloadEnd - payloadStart} bytes`,
  );
}

export function expectConnectionLevel({ type, streamId }: FrameReader): void {
  if (streamId === 0) return;
  throw new ConnectionFault(
    ErrorCode.PROTOCOL_ERROR,
    `sent a frame of type ${type} on stream ${streamId}`,
  );
}
