import type { FieldDifference } from "./meaning.ts";

/** How an operation is asked over REST. */
export interface RestExchange {
  readonly method: "GET";
  /** The path and query under the base URL, with `{userId}` where the id goes. */
  readonly pathTemplate: string;
}

/** The path and query of one request. */
export function restPath({ pathTemplate }: RestExchange, userId: number): string {
  return pathTemplate.replace("{userId}", String(userId));
}

/** What stands before and after the id in a path. */
export function aroundUserId({ pathTemplate }: RestExchange): [before: string, after: string] {
  const [before = "", after = ""] = pathTemplate.split("{userId}");
  return [before, after];
}

/** How an operation is asked over gRPC: messages without the 5-byte frame prefix. */
export interface GrpcExchange {
  /** `/package.Service/Method` */
  readonly path: string;
  encodeRequest(userId: number): Uint8Array;
  /** Throws where the bytes are not a valid response message. */
  checkResponse(message: Uint8Array): void;
  /** The response as plain data. Throws where the bytes are not a valid response message. */
  decodeResponse(message: Uint8Array): unknown;
}

/** One operation that both servers offer, as data: how it is asked, and what its answers mean. */
export interface Operation {
  readonly name: string;
  readonly rest: RestExchange;
  readonly grpc: GrpcExchange;
  /** The fields in which two decoded answers differ in meaning, REST's being the first; empty where none. */
  differingFields(restContent: unknown, grpcContent: unknown): FieldDifference[];
}
