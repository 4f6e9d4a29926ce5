/** Why a response cannot be used: it breaks HTTP/1.1, or it is more than this client takes. */
export type ResponseFault = "Malformed HTTP" | "Response Too Large";

/** The only error that reading a response throws; its connection is not to be used any more. */
export class HttpResponseError extends Error {
  override readonly name = "HttpResponseError";

  constructor(readonly errorType: ResponseFault, message: string) {
    super(message);
  }
}

export function malformed(message: string): HttpResponseError {
  return new HttpResponseError("Malformed HTTP", message);
}

/** Names the bound that the response is beyond. */
export function tooLarge(message: string): HttpResponseError {
  return new HttpResponseError("Response Too Large", message);
}
