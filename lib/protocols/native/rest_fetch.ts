import { restPath } from "../../operations/operation.ts";
import type { Failure, Sample } from "../../sample.ts";
import { DeadlineQueue } from "./deadline_queue.ts";
import { InFlight } from "../in_flight.ts";
import type { Answer, ClientSettings, Protocol, ProtocolClient } from "../protocol.ts";
import { restErrorType } from "./rest_error_type.ts";
import { restBaseOf } from "../target.ts";

/** REST as a program sees it that uses the platform's own `fetch`. */
export const restOverFetch: Protocol = {
  key: "rest",
  label: "REST",
  connect: (settings) => new FetchClient(settings),
};

/** A finished exchange: the body was read to its end, its content is not yet looked at. */
interface Exchange {
  readonly kind: "exchange";
  readonly status: number;
  readonly body: Uint8Array;
  readonly responseTimeMs: number;
  readonly firstByteMs: number;
}

class FetchClient implements ProtocolClient {
  readonly #settings: ClientSettings;
  readonly #baseUrl: string;
  // A pool of our own, so that closing it closes every connection; the default one outlives a run.
  readonly #pool: Deno.HttpClient;
  readonly #deadlines: DeadlineQueue;
  readonly #headers: [string, string][] = [["accept-encoding", "identity"]];
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #inFlight = new InFlight();
  #closed = false;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#baseUrl = restBaseOf(settings.target);
    const { caCerts, identity } = settings.tls;
    this.#pool = Deno.createHttpClient({
      poolMaxIdlePerHost: Number.MAX_SAFE_INTEGER,
      caCerts: [...caCerts],
      ...identity,
    });
    this.#deadlines = new DeadlineQueue(settings.timeoutMs, settings.clock);
  }

  async send(userId: number, done: (sample: Sample) => void): Promise<void> {
    this.#inFlight.add();
    const outcome = await this.#exchange(userId);
    this.#inFlight.remove();
    done(outcome.kind === "failure" ? outcome : this.#judge(outcome).sample);
  }

  async ask(userId: number): Promise<Answer> {
    this.#inFlight.add();
    const outcome = await this.#exchange(userId);
    this.#inFlight.remove();
    return outcome.kind === "failure" ? { sample: outcome, content: null } : this.#judge(outcome);
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#deadlines.close();
      this.#pool.close();
    }
    await this.#inFlight.none();
  }

  /** Decides what a finished exchange counts as. Nothing here is timed. */
  #judge({ status, body, responseTimeMs, firstByteMs }: Exchange): Answer {
    if (status < 200 || status > 299) {
      const errorType = `HTTP ${status}`;
      return { sample: { kind: "failure", errorType, cause: errorType }, content: null };
    }
    let content: unknown;
    try {
      content = JSON.parse(this.#decoder.decode(body));
    } catch (error) {
      const cause = `the body of ${body.length} bytes is not JSON: ${messageOf(error)}`;
      return { sample: { kind: "failure", errorType: "Malformed JSON", cause }, content: null };
    }
    const phases = {
      streamWaitMs: null,
      firstByteMs,
      downloadMs: responseTimeMs - firstByteMs,
    };
    const payloadBytes = body.length;
    return {
      sample: { kind: "success", responseTimeMs, payloadBytes, phases, wireBytes: null },
      content,
    };
  }

  async #exchange(userId: number): Promise<Exchange | Failure> {
    const { clock, operation } = this.#settings;
    const url = this.#baseUrl + restPath(operation.rest, userId);
    const startMs = clock();
    const deadline = this.#deadlines.start(startMs);
    try {
      const response = await fetch(url, {
        client: this.#pool,
        headers: this.#headers,
        // A redirect is an answer of this server; following it would measure another one.
        redirect: "manual",
        signal: deadline.controller.signal,
      });
      const firstByteMs = clock() - startMs;
      const body = await response.bytes();
      const responseTimeMs = clock() - startMs;
      return { kind: "exchange", status: response.status, body, responseTimeMs, firstByteMs };
    } catch (error) {
      const timedOut = deadline.controller.signal.aborted;
      const cause = timedOut ? `no answer within ${this.#settings.timeoutMs} ms` : causeOf(error);
      return {
        kind: "failure",
        errorType: timedOut ? "Connection Timeout" : restErrorType(cause),
        cause,
      };
    } finally {
      this.#deadlines.finish(deadline);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where fetch tells more in a chain of causes, the innermost says what happened. */
function causeOf(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    messages.push(current.message);
  }
  return messages.length > 0 ? messages.join(": ") : String(error);
}
