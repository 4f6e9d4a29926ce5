import type { ChannelInterface } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import type { ClientHttp2Session } from "node:http2";

/** The channel's own call, one layer below the stubs, which add an event emitter and a stack trace to each. */
export type Call = ReturnType<ChannelInterface["createCall"]>;

/** What grpc-js keeps to itself: every part is optional, as another version may keep it elsewhere. */
interface CallLayers {
  readonly child?: {
    readonly underlyingCalls?: readonly {
      readonly call?: { readonly child?: StreamCall | null };
    }[];
  } | null;
  readonly filterStack?: { readonly filters?: readonly Filter[] } | null;
}

/** The lowest layer: one HTTP/2 stream. */
interface StreamCall {
  readonly httpStatusCode?: number;
  readonly transport?: { readonly session?: ClientHttp2Session };
  readonly decoder?: { readonly readMessageSize?: number; readonly readMessageRemaining?: number };
}

interface Filter {
  readonly receiveCompression?: { decompressMessage?(message: Buffer): Promise<Buffer> };
}

function streamOf(call: Call): StreamCall | null {
  return (call as CallLayers).child?.underlyingCalls?.at(-1)?.call?.child ?? null;
}

/** The HTTP status that came, which grpc-js tells only in some failures; `null` where none has. */
export function httpStatusOf(call: Call): number | null {
  return streamOf(call)?.httpStatusCode ?? null;
}

/** The connection that carried it last, if any did. */
export function sessionOf(call: Call): ClientHttp2Session | undefined {
  return streamOf(call)?.transport?.session;
}

/** How much has arrived of a message that is not complete. */
export function unfinishedBytesOf(call: Call): number {
  const { readMessageSize = 0, readMessageRemaining = 0 } = streamOf(call)?.decoder ?? {};
  return readMessageRemaining === 0 ? 0 : readMessageSize - readMessageRemaining;
}

/**
 * Has the call's messages decompressed by way of `inTurn`, where they are compressed. To be called once the
 * head of the answer is there.
 */
export function decompressWith(
  call: Call,
  inTurn: (decompress: () => Promise<Buffer>) => Promise<Buffer>,
): void {
  const handler = (call as CallLayers).filterStack?.filters?.at(-1)?.receiveCompression;
  if (handler === undefined || handler.constructor.name === "IdentityHandler") return;
  const decompress = handler.decompressMessage?.bind(handler);
  if (decompress === undefined) return;
  handler.decompressMessage = (message) => inTurn(() => decompress(message));
}
