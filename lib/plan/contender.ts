import type { ProtocolKey } from "../clients/protocol.ts";

/** Who is measured: today there is one contender of each protocol, and it goes by that name. */
export type ContenderId = ProtocolKey;

export type ByContender<T> = Readonly<Record<ContenderId, T>>;
