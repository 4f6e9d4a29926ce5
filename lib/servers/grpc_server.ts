import type { ServerBehaviour } from "./behaviour.ts";
import { listen, type RunningServer } from "./listener.ts";
import { Http2Connection } from "./reference/http2/connection.ts";
import type { CallAnswer } from "./reference/http2/unary_request.ts";
import { misbehaving } from "./reference/misbehaving.ts";
import { answerOverGrpc, isOfferedOverGrpc } from "./reference/user_answers.ts";

const FAILURE: CallAnswer = { status: "UNAVAILABLE", details: "injected failure" };

/** The reference server for gRPC: of the same making as the one for REST, so that neither language nor library tells. */
export function startGrpcServer(
  hostname: string,
  port: number,
  behaviour: ServerBehaviour,
): RunningServer {
  const answerTo = misbehaving(behaviour, answerOverGrpc, FAILURE);
  return listen(hostname, port, (flush) => new Http2Connection(answerTo, flush, isOfferedOverGrpc));
}
