import { compileHttp } from "../../requests/compile.ts";
import type { CompiledHttp, HttpMessage } from "../../requests/compiled_http.ts";
import type { Failure, Sample } from "../../requests/sample.ts";
import { contentOf, NO_CONTENT } from "../../requests/answer_content.ts";
import { AnswerShapes } from "../../requests/answer_shapes.ts";
import { AnswerSightings } from "../answer_sightings.ts";
import { InFlight } from "../in_flight.ts";
import type { ClientObservations } from "../observations.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "../protocol.ts";
import { parseJson, restFailureOf } from "../../requests/rest_answer.ts";
import { seen, unseen } from "../../requests/sight.ts";
import { restBaseOf } from "../../net/target.ts";
import { failureFromText } from "../text_failure.ts";
import { closedFailure, timeoutFailure, tooLargeFailure } from "../wire/rest_failure.ts";
import { AbortBatches } from "./abort_batch.ts";
import { BodyReader, BodyTooLarge, FetchedBody } from "./fetched_body.ts";
import { StallGate } from "./stall_gate.ts";

/** REST as a program sees it that uses the platform's own `fetch`. */
export const restOverFetch: Protocol = {
  key: "rest",
  label: "REST",
  client: "fetch",
  alpnProtocols: ["h2", "http/1.1"],
  connect: (settings) => new FetchClient(settings),
};

/** A finished exchange: the body was read to its end, its content is not yet looked at. */
interface Exchange {
  readonly kind: "exchange";
  readonly status: number;
  /** Good until the outcome was handed out. */
  readonly body: Uint8Array;
  readonly responseTimeMs: number;
  readonly firstByteMs: number;
}

/** By so much, only what keeps the whole process from running makes a timer late. */
const STALL_MS = 250;

/** Below TLS, fetch speaks nothing newer. */
const PLAIN_HTTP_VERSION = "HTTP/1.1";
const HIDDEN = unseen("hidden by fetch");

/** fetch would ask for gzip and brotli: compressed on one side alone, the two sides would not compare. */
const FIXED = [["accept-encoding", "identity"]] as const;

class FetchClient implements ProtocolClient {
  readonly #settings: ClientSettings;
  readonly #baseUrl: string;
  readonly #request: CompiledHttp;
  readonly #messageOf: (request: number) => HttpMessage;
  // A pool of our own, so that closing it closes every connection; the default one outlives a run.
  readonly #pool: Deno.HttpClient;
  readonly #batches: AbortBatches;
  readonly #gate = new StallGate();
  readonly #bodies = new BodyReader();
  readonly #inFlight = new InFlight();
  readonly #sightings = new AnswerSightings();
  readonly #shapes = new AnswerShapes(parseJson);
  /** What the answer said that was looked at. */
  #announcesClose = false;
  #closed = false;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#baseUrl = restBaseOf(settings.target);
    this.#request = compileHttp(settings);
    this.#messageOf = this.#request.messages(FIXED);
    const { caCerts, identity } = settings.tls;
    // Nothing else is set: connections are kept, given up and tried again as for any program with fetch.
    this.#pool = Deno.createHttpClient({ caCerts: [...caCerts], ...identity });
    this.#batches = new AbortBatches(settings.timeoutMs, settings.clock, (lateMs) => {
      if (lateMs > STALL_MS) this.#gate.stall();
      this.#gate.releaseAborted();
    });
  }

  send(request: number, done: (sample: Sample) => void): void {
    this.#exchange(request, (outcome) => done(this.#judge(outcome)));
  }

  ask(request: number): Promise<Answer> {
    return new Promise((resolve) => {
      this.#exchange(request, (outcome) => {
        const sample = this.#judge(outcome);
        const content = outcome.kind === "exchange" && sample.kind === "success"
          ? contentOf(outcome.body, parseJson)
          : NO_CONTENT;
        resolve({ sample, content });
      });
    });
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#batches.close();
      this.#gate.releaseAborted();
      this.#pool.close();
    }
    await this.#inFlight.none();
  }

  observed(): ClientObservations {
    const { tls } = this.#settings.target;
    const { any, contentCodings, serverNames } = this.#sightings;
    const closes = this.#announcesClose;
    return {
      connectionsOpened: HIDDEN,
      keepAlive: any ? seen({ kind: "announced", closes }) : HIDDEN,
      httpVersions: tls ? HIDDEN : seen([PLAIN_HTTP_VERSION]),
      contentCodings,
      serverNames,
      streamLimit: tls ? HIDDEN : seen({ kind: "no-streams" }),
      answerKinds: this.#shapes.kinds,
    };
  }

  /** Looks at one answer only: headers cost time, and a server's successes are much alike. */
  #observe({ headers }: Response): void {
    this.#sightings.add({
      httpVersion: PLAIN_HTTP_VERSION,
      coding: headers.get("content-encoding"),
      server: headers.get("server"),
    });
    this.#announcesClose = /\bclose\b/i.test(headers.get("connection") ?? "");
  }

  async #exchange(request: number, done: (outcome: Exchange | Failure) => void): Promise<void> {
    const { clock, timeoutMs } = this.#settings;
    const { method } = this.#request.definition;
    const { path, fields, body: content } = this.#messageOf(request);
    const url = this.#baseUrl + path;
    this.#inFlight.add();
    const startMs = clock();
    const batch = this.#batches.join(startMs);
    if (this.#gate.isShut) await this.#gate.turn(batch.signal);
    this.#gate.sent();
    let body: Uint8Array | FetchedBody | null = null;
    let outcome: Exchange | Failure;
    try {
      const response = await fetch(url, {
        client: this.#pool,
        method,
        headers: fields,
        body: content,
        // A redirect is an answer of this server; following it would measure another one.
        redirect: "manual",
        signal: batch.signal,
      });
      const firstByteMs = clock() - startMs;
      this.#gate.answered();
      body = await this.#bodies.read(response);
      const responseTimeMs = clock() - startMs;
      if (!this.#sightings.any && response.ok) this.#observe(response);
      const bytes = body instanceof FetchedBody ? body.bytes : body;
      outcome = responseTimeMs > timeoutMs
        ? timeoutFailure(timeoutMs)
        : { kind: "exchange", status: response.status, body: bytes, responseTimeMs, firstByteMs };
    } catch (error) {
      outcome = this.#failureOf(error, batch.signal);
    }
    this.#batches.leave(batch);
    this.#inFlight.remove();
    done(outcome);
    if (body instanceof FetchedBody) this.#bodies.release(body);
    this.#gate.ended();
  }

  #failureOf(error: unknown, { aborted }: AbortSignal): Failure {
    if (this.#closed) return closedFailure();
    if (aborted) return timeoutFailure(this.#settings.timeoutMs);
    return error instanceof BodyTooLarge
      ? tooLargeFailure(error.message)
      : failureFromText(causeOf(error));
  }

  /** Decides what an outcome counts as. Nothing here is timed. */
  #judge(outcome: Exchange | Failure): Sample {
    if (outcome.kind === "failure") return outcome;
    const { status, body, responseTimeMs, firstByteMs } = outcome;
    const failure = restFailureOf(this.#request.definition, status, body);
    if (failure !== null) return failure;
    this.#shapes.see(body, 0, body.length);
    return {
      kind: "success",
      responseTimeMs,
      payloadBytes: body.length,
      phases: {
        connectionWaitMs: null,
        streamWaitMs: null,
        firstByteMs,
        downloadMs: responseTimeMs - firstByteMs,
      },
      wireBytes: null,
    };
  }
}

/** Where fetch tells more in a chain of causes, the innermost says what happened. */
function causeOf(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    messages.push(current.message);
  }
  return messages.length > 0 ? messages.join(": ") : String(error);
}
