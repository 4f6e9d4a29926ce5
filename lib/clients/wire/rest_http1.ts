import { compileHttp } from "../../requests/compile.ts";
import type { CompiledHttp } from "../../requests/compiled_http.ts";
import type { FixedField } from "../../requests/http_request.ts";
import type { ConnectionTiming } from "../../net/connection.ts";
import type { Failure, Sample } from "../../requests/sample.ts";
import { TOOL_VERSION } from "../../version.ts";
import { contentOf, NO_CONTENT } from "../../requests/answer_content.ts";
import { AnswerShapes } from "../../requests/answer_shapes.ts";
import { AnswerSightings } from "../answer_sightings.ts";
import { InFlight } from "../in_flight.ts";
import type { ClientObservations } from "../observations.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "../protocol.ts";
import { parseJson, restFailureOf } from "../../requests/rest_answer.ts";
import { seen } from "../../requests/sight.ts";
import type { WireMessages } from "../../requests/wire_messages.ts";
import { hostFieldOf, type Target } from "../../net/target.ts";
import { arrivalClock } from "../arrival_clock.ts";
import { socketTurns } from "../../net/socket_turns.ts";
import type { Http1Connection, SharedByConnections } from "./http1/connection.ts";
import { closedFailure, timeoutFailure } from "./rest_failure.ts";
import { type Done, Lane, type LaneOwner } from "./rest_lane.ts";
import { ReusedSuccess } from "./reused_success.ts";
import { TimeoutSweep } from "./timeout_sweep.ts";

/** REST in HTTP/1.1 as it is on the wire: the server is measured with as little client as can be. */
export const restOverHttp1: Protocol = {
  key: "rest",
  label: "REST",
  client: "wire",
  alpnProtocols: ["http/1.1"],
  connect: (settings) => new WireRestClient(settings),
};

const HTTP_VERSION = "HTTP/1.1";

/**
 * Opens a connection whenever a request finds none idle, and keeps it. What a request waits for its
 * connection is a part of its response time, and is told apart beside it.
 */
class WireRestClient implements ProtocolClient, LaneOwner {
  readonly #settings: ClientSettings;
  readonly #request: CompiledHttp;
  readonly #newMessages: () => WireMessages;
  readonly #shared: SharedByConnections;
  readonly #lanes = new Set<Lane>();
  readonly #idle: Lane[] = [];
  readonly #timeouts: TimeoutSweep<Lane>;
  readonly #success = new ReusedSuccess();
  readonly sightings = new AnswerSightings();
  readonly #shapes = new AnswerShapes(parseJson);
  #connectionsOpened = 0;
  #connectionsEnded = 0;

  constructor(settings: ClientSettings) {
    const onConnection = (timing: ConnectionTiming) => {
      this.#connectionsOpened++;
      settings.onConnection(timing);
    };
    this.#settings = { ...settings, onConnection };
    this.#request = compileHttp(settings);
    this.#newMessages = this.#request.wireMessages(
      settings.target.basePath,
      fixedFields(settings.target),
    );
    const { timeoutMs, clock } = settings;
    this.#shared = {
      clock,
      arrivalClock: arrivalClock(clock),
      turns: socketTurns,
      inFlight: new InFlight(),
    };
    const expire = (lane: Lane) => lane.abort(timeoutFailure(timeoutMs));
    this.#timeouts = new TimeoutSweep(timeoutMs, clock, this.#lanes, expire);
  }

  send(request: number, done: Done): void {
    const lane = this.#idle.pop() ?? this.#newLane();
    lane.send(request, done);
    this.#timeouts.requestStarted();
  }

  ask(request: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.send(request, (sample, response) => {
        const content = response === null || sample.kind === "failure"
          ? NO_CONTENT
          : contentOf(response.body, parseJson);
        resolve({ sample: structuredClone(sample), content });
      });
    });
  }

  async close(): Promise<void> {
    this.#timeouts.close();
    this.#idle.length = 0;
    for (const lane of this.#lanes) lane.abort(closedFailure());
    await this.#shared.inFlight.none();
  }

  observed(): ClientObservations {
    const { any, httpVersions, contentCodings, serverNames } = this.sightings;
    return {
      connectionsOpened: seen(this.#connectionsOpened),
      keepAlive: seen({ kind: "counted", ended: this.#connectionsEnded }),
      // Before an answer says otherwise, what the requests say.
      httpVersions: any ? httpVersions : seen([HTTP_VERSION]),
      contentCodings,
      serverNames,
      streamLimit: seen({ kind: "no-streams" }),
      answerKinds: this.#shapes.kinds,
    };
  }

  onResponse(lane: Lane, connection: Http1Connection): void {
    const sample = this.#judge(lane, connection);
    if (connection.open) this.#idle.push(lane);
    else this.#lose(lane);
    lane.done(sample, connection.response);
  }

  onFailure(lane: Lane, failure: Failure): void {
    this.#lanes.delete(lane);
    const { retried, atServerMs } = lane;
    lane.done({ ...failure, retried, atServerMs }, null);
  }

  onReconnect(): void {
    this.#connectionsEnded++;
  }

  onIdleClose(lane: Lane): void {
    this.#lose(lane);
    this.#idle.splice(this.#idle.indexOf(lane), 1);
  }

  /** The server has ended a connection that was to be kept. */
  #lose(lane: Lane): void {
    this.#connectionsEnded++;
    this.#lanes.delete(lane);
  }

  #newLane(): Lane {
    const { method } = this.#request.definition;
    const lane = new Lane(this.#newMessages(), method, this.#settings, this.#shared, this);
    this.#lanes.add(lane);
    return lane;
  }

  /** Decides what a response counts as. Nothing here is timed. */
  #judge({ connectionWaitMs, retried }: Lane, connection: Http1Connection): Sample {
    const { status, bodySource, bodyStart, bodyEnd } = connection.response;
    const failure = restFailureOf(this.#request.definition, status, bodySource, bodyStart, bodyEnd);
    const atServerMs = connection.completeAtMs - connection.writtenAtMs;
    if (failure !== null) return { ...failure, retried, atServerMs };
    this.#shapes.see(bodySource, bodyStart, bodyEnd);
    const { writtenAtMs, firstByteAtMs, completeAtMs } = connection;
    const success = this.#success;
    success.setTimes(connectionWaitMs, null, writtenAtMs, firstByteAtMs, completeAtMs);
    success.retried = retried;
    success.payloadBytes = bodyEnd - bodyStart;
    success.wireBytes.sent = connection.sentBytes;
    success.wireBytes.received = connection.receivedBytes;
    return success;
  }
}

/** No more than HTTP asks for and what `fetch` would say: the answer is to be the same. */
function fixedFields(target: Target): FixedField[] {
  return [
    ["Host", hostFieldOf(target)],
    ["Accept", "*/*"],
    ["Accept-Encoding", "identity"],
    ["User-Agent", `protoduel/${TOOL_VERSION}`],
  ];
}
