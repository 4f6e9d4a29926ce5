import type { ServerBehaviour } from "./behaviour.ts";
import { listen, type RunningServer } from "./listener.ts";
import { Http1Connection } from "./reference/http1/connection.ts";
import { misbehaving } from "./reference/misbehaving.ts";
import { answerOverRest } from "./reference/user_answers.ts";

const FAILURE = { status: 503, body: JSON.stringify({ error: "injected failure" }) };

/** The reference server for REST. */
export function startRestServer(
  hostname: string,
  port: number,
  behaviour: ServerBehaviour,
): RunningServer {
  const answerTo = misbehaving(behaviour, answerOverRest, FAILURE);
  return listen(hostname, port, (flush) => new Http1Connection(answerTo, flush));
}
