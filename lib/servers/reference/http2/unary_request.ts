import { PREFIX_BYTES } from "../../../clients/wire/grpc/message_frame.ts";
import type { FailedStatus } from "../../../clients/wire/grpc/status.ts";
import { readUint32 } from "../../../clients/wire/http2/frame.ts";

export interface UnaryRequest {
  /** `/package.Service/Method` */
  readonly path: string;
  /** Without its prefix; good until the call returns. */
  readonly message: Uint8Array;
}

/** A call that is not answered with a message. */
export interface Refusal {
  readonly status: FailedStatus;
  readonly details: string;
}

/** What a unary call comes to. */
export type CallAnswer = { readonly status: "OK"; readonly message: Uint8Array } | Refusal;

/**
 * Answers a call, at once or later.
 *
 * @returns What takes the call back.
 */
export type AnswerCall = (request: UnaryRequest, answer: (it: CallAnswer) => void) => () => void;

/** Whether there is a unary method at a path. */
export type Offers = (path: string) => boolean;

export const NOT_OFFERED: Refusal = { status: "UNIMPLEMENTED", details: "no such method" };

/** No operation of these servers asks with nearly as much. */
export const MAX_MESSAGE_BYTES = 16 * 1024;

const COMPRESSED: Refusal = { status: "UNIMPLEMENTED", details: "no compression is known here" };
const TOO_LARGE: Refusal = {
  status: "RESOURCE_EXHAUSTED",
  details: `a message of more than ${MAX_MESSAGE_BYTES} bytes`,
};
const TOO_MANY: Refusal = { status: "INTERNAL", details: "more than one message in a unary call" };
const NO_MESSAGE: Refusal = { status: "INTERNAL", details: "no whole message in a unary call" };

/** @returns Why content that begins like this cannot be one message; `null` as long as it can. */
export function refusalOf(content: Uint8Array): Refusal | null {
  if (content.length < PREFIX_BYTES) return null;
  if (content[0] !== 0) return COMPRESSED;
  const messageBytes = readUint32(content, 1);
  if (messageBytes > MAX_MESSAGE_BYTES) return TOO_LARGE;
  return content.length > PREFIX_BYTES + messageBytes ? TOO_MANY : null;
}

/** The one message of a request's whole content, or why there is none. */
export function messageIn(content: Uint8Array): Uint8Array | Refusal {
  const refusal = refusalOf(content);
  if (refusal !== null) return refusal;
  const isWhole = content.length >= PREFIX_BYTES &&
    content.length === PREFIX_BYTES + readUint32(content, 1);
  return isWhole ? content.subarray(PREFIX_BYTES) : NO_MESSAGE;
}
