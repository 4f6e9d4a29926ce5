import type { ChannelInterface } from "@grpc/grpc-js";

/** The channel's own call, one layer below the stubs, which add an event emitter and a stack trace to each. */
export type Call = ReturnType<ChannelInterface["createCall"]>;

/** The layers below, which grpc-js keeps to itself: every part is optional, as another version may differ. */
interface CallLayers {
  readonly child?: {
    readonly underlyingCalls?: readonly {
      readonly call?: { readonly child?: StreamCall | null };
    }[];
  } | null;
}

/** The lowest layer: one HTTP/2 stream. */
interface StreamCall {
  readonly httpStatusCode?: number;
}

function streamCallOf(call: Call): StreamCall | null {
  return (call as CallLayers).child?.underlyingCalls?.at(-1)?.call?.child ?? null;
}

/** The HTTP status that came, which grpc-js tells only in some failures; `null` where none has. */
export function httpStatusOf(call: Call): number | null {
  return streamCallOf(call)?.httpStatusCode ?? null;
}
