import { AnswerSightings } from "../../answer_sightings.ts";
import { type ClientObservations, lowerLimit, type StreamLimit } from "../../observations.ts";
import { seen, unseen } from "../../../requests/sight.ts";
import type { Session } from "./session.ts";

const HTTP_VERSION = "HTTP/2";

/** What the connections of one channel have shown of the server. */
export class ConnectionSightings {
  /** Connections that came about, and those of them that ended before the channel was closed. */
  opened = 0;
  ended = 0;
  readonly #answers = new AnswerSightings();
  #streamLimit: StreamLimit | null = null;

  /** Notes what a session knows by now; looking again changes nothing. */
  look({ isReady, maxConcurrentStreams, firstHead }: Session): void {
    if (isReady) {
      const limit: StreamLimit = maxConcurrentStreams === Infinity
        ? { kind: "unlimited" }
        : { kind: "limited", streams: maxConcurrentStreams };
      this.#streamLimit = this.#streamLimit === null ? limit : lowerLimit(this.#streamLimit, limit);
    }
    if (firstHead === null) return;
    this.#answers.add({
      httpVersion: HTTP_VERSION,
      coding: firstHead.get("grpc-encoding") ?? null,
      server: firstHead.get("server") ?? null,
    });
  }

  observations(): ClientObservations {
    const { contentCodings, serverNames } = this.#answers;
    return {
      connectionsOpened: seen(this.opened),
      keepAlive: seen({ kind: "counted", ended: this.ended }),
      httpVersions: seen([HTTP_VERSION]),
      contentCodings,
      serverNames,
      streamLimit: this.#streamLimit === null
        ? unseen("no SETTINGS came")
        : seen(this.#streamLimit),
      // Looked at where messages are.
      answerKinds: [],
    };
  }
}
