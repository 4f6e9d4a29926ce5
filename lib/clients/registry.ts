import type { Lens } from "./lens.ts";
import { grpcOverGrpcJs } from "./native/grpc_js.ts";
import { restOverFetch } from "./native/rest_fetch.ts";
import type { Protocol, ProtocolKey } from "./protocol.ts";
import { grpcOverHttp2 } from "./wire/grpc_http2.ts";
import { restOverHttp1 } from "./wire/rest_http1.ts";

/** Every protocol under test, in the order in which they are measured, through every lens. */
export const CLIENTS: Readonly<Record<Lens, Readonly<Record<ProtocolKey, Protocol>>>> = {
  native: { rest: restOverFetch, grpc: grpcOverGrpcJs },
  wire: { rest: restOverHttp1, grpc: grpcOverHttp2 },
};

/** Whose clients measure, and which protocol's client takes each side's place. */
export interface ClientChoice {
  readonly lens: Lens;
  readonly contenders: Readonly<Record<ProtocolKey, ProtocolKey>>;
}

/** The protocol that takes a side's place. */
export function contenderOf({ lens, contenders }: ClientChoice, side: ProtocolKey): Protocol {
  return CLIENTS[lens][contenders[side]];
}
