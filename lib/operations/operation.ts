/** How an operation is asked over REST. */
export interface RestExchange {
  readonly method: "GET";
  /** The path and query under the base URL, for one user id. */
  path(userId: number): string;
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
  /** Names the fields in which two decoded answers differ in meaning; empty where they agree. */
  differingFields(restContent: unknown, grpcContent: unknown): string[];
}
