import { STATUS_CODES } from "node:http";
import { compileHttp } from "../requests/compile.ts";
import type { ValueSource } from "../requests/value_source.ts";
import type { Protocol } from "../clients/protocol.ts";
import type { Target } from "../net/target.ts";
import type { Failure } from "../requests/sample.ts";

/** A request that failed before the load. */
export interface FailedRequest {
  readonly request: number;
  readonly failure: Failure;
}

/** Request and answer in words: `GET http://h:80/api/users/1 answered 404 Not Found`. */
export function failureWords(
  { key }: Protocol,
  target: Target,
  source: ValueSource,
  { request, failure }: FailedRequest,
): string {
  const { rest, grpc } = source.operation;
  const asked = key === "rest"
    ? `${rest.method} ${target.display}${compileHttp(source).pathOf(request)}`
    : `${target.display}${grpc.path}`;
  return `${asked} ${answerWords(failure)}`;
}

function answerWords({ errorType, cause, reason }: Failure): string {
  switch (reason.kind) {
    case "http-status":
      return `answered ${httpStatusWords(reason.status)}`;
    case "grpc-status":
      return `answered ${withCause(reason.status, cause)}`;
    default:
      return `failed: ${withCause(errorType, cause)}`;
  }
}

/** `404 Not Found` */
export function httpStatusWords(status: number): string {
  const phrase = STATUS_CODES[status];
  return phrase === undefined ? `HTTP ${status}` : `${status} ${phrase}`;
}

/** A server need not say why. */
function withCause(name: string, cause: string): string {
  return cause === "" || cause === name ? name : `${name}: ${cause}`;
}
