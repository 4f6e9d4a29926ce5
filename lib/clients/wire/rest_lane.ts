import { ConnectionError, openConnection } from "../../net/connection.ts";
import type { Failure, Sample } from "../../requests/sample.ts";
import type { AnswerSightings } from "../answer_sightings.ts";
import type { ClientSettings } from "../protocol.ts";
import {
  type ConnectionListener,
  type ExchangeFailure,
  Http1Connection,
  type SharedByConnections,
} from "./http1/connection.ts";
import { FirstHead } from "./http1/first_head.ts";
import { isIdempotent } from "./http1/idempotent.ts";
import type { ResponseParser } from "./http1/response_parser.ts";
import type { WireMessages } from "../../requests/wire_messages.ts";
import type { Timed } from "./timeout_sweep.ts";
import { connectionFailure, exchangeFailure } from "./rest_failure.ts";

/** Hears the end of one request; its response, `null` where there is none, is valid until it returns. */
export type Done = (sample: Sample, response: ResponseParser | null) => void;

/** Hears what becomes of the requests on a lane. */
export interface LaneOwner {
  /** Takes what the first good head of each connection says. */
  readonly sightings: AnswerSightings;
  /** A whole response is there; it is valid until this returns. */
  onResponse(lane: Lane, connection: Http1Connection): void;
  /** The request failed, and the lane is of no more use. */
  onFailure(lane: Lane, failure: Failure): void;
  /** The server has ended a connection that the lane's request was to go on, which goes on another one. */
  onReconnect(): void;
  /** The lane is of no more use, and had no request. */
  onIdleClose(lane: Lane): void;
}

const NO_REQUEST = new Uint8Array();

/** One connection at a time, from before it is opened until it is closed, and the one request on it. */
export class Lane implements ConnectionListener, Timed {
  /** Whose request is on the lane, or was. */
  done: Done = () => {};
  startedAtMs = Infinity;
  /** How long its request was without a connection, before it went on the one that it is on. */
  connectionWaitMs = 0;
  /** Whether its request was sent again. */
  retried = false;
  #request: Uint8Array = NO_REQUEST;
  #connection: Http1Connection | null = null;
  /** Ends the opening of a connection that nobody waits for any more. */
  #giveUp: AbortController | null = null;
  #over = false;

  /**
   * @param messages This lane's own: their bytes change with each of the lane's requests.
   * @param method In upper case.
   */
  constructor(
    readonly messages: WireMessages,
    readonly method: string,
    readonly settings: ClientSettings,
    readonly shared: SharedByConnections,
    readonly owner: LaneOwner,
  ) {}

  /** Only on a lane that has no request. The first one opens the connection. */
  send(request: number, done: Done): void {
    this.done = done;
    this.connectionWaitMs = 0;
    this.retried = false;
    this.#request = this.messages.messageOf(request);
    if (this.#connection === null) {
      this.startedAtMs = this.settings.clock();
      void this.#openAndSend();
    } else {
      this.startedAtMs = this.shared.arrivalClock();
      this.#connection.exchange(this.#request);
    }
  }

  /** Since its request was written; 0 where it was not. */
  get atServerMs(): number {
    const writtenAtMs = this.#connection?.writtenAtMs ?? -Infinity;
    return writtenAtMs < this.startedAtMs ? 0 : this.settings.clock() - writtenAtMs;
  }

  /** Ends the lane, and with `failure` its request where it has one. */
  abort(failure: Failure): void {
    this.#connection?.close();
    if (this.startedAtMs === Infinity) this.#over = true;
    else this.#end(failure);
    this.#giveUp?.abort();
  }

  onResponse(connection: Http1Connection): void {
    this.startedAtMs = Infinity;
    this.owner.onResponse(this, connection);
  }

  onFailure(failure: ExchangeFailure): void {
    this.#end(exchangeFailure(failure));
  }

  onUnsent(): void {
    this.#reconnect();
  }

  /** Once: the next connection is a new one, on which no answer is a failure. */
  onUnanswered(failure: ExchangeFailure): void {
    if (!isIdempotent(this.method)) return this.onFailure(failure);
    this.retried = true;
    this.#reconnect();
  }

  onIdleClose(): void {
    this.#over = true;
    this.owner.onIdleClose(this);
  }

  /** The request's time goes on: a server that ends every connection does not keep it for ever. */
  #reconnect(): void {
    this.owner.onReconnect();
    void this.#openAndSend();
  }

  async #openAndSend(): Promise<void> {
    const { target, timeoutMs, clock, onConnection } = this.settings;
    const tls = target.tls ? this.settings.tls : null;
    this.#giveUp = new AbortController();
    const giveUp = this.#giveUp.signal;
    const options = { tls, alpnProtocols: ["http/1.1"], timeoutMs, clock, giveUp };
    this.shared.inFlight.add();
    try {
      const opened = await openConnection(target, options);
      if (this.#over) return opened.connection.close();
      onConnection(opened.timing);
      this.#connection = new Http1Connection(opened.connection, this.shared, this);
      this.#connection.response.observer = new FirstHead(this.owner.sightings);
      this.#connection.response.isHeadOnly = this.method === "HEAD";
      this.connectionWaitMs = clock() - this.startedAtMs;
      this.#connection.exchange(this.#request);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#end(connectionFailure(error.failure));
    } finally {
      this.#giveUp = null;
      this.shared.inFlight.remove();
    }
  }

  #end(failure: Failure): void {
    if (this.#over) return;
    this.#over = true;
    this.owner.onFailure(this, failure);
  }
}
