import { type ProtocolKey, PROTOCOLS } from "../clients/protocol.ts";

/** Who is measured: today there is one contender of each protocol, and it goes by that name. */
export type ContenderId = ProtocolKey;

export type ByContender<T> = Readonly<Record<ContenderId, T>>;

/** In the order in which they are named, and measured where nothing else decides. */
export const CONTENDERS: readonly ContenderId[] = PROTOCOLS;
