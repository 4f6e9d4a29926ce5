import type { ServedConnection } from "../serving.ts";

/** One connection's side of a null server: requests in, canned answers out, and no work in between. */
export interface Answerer {
  /** Where the next bytes are to be read into; never empty. */
  space(): Uint8Array;
  /**
   * Takes in `count` bytes that were read into `space`.
   *
   * @returns What is to be written now, for all requests that have ended; good until the next call.
   * @throws {Error} where the client is none that this server is for: the connection is to be closed.
   */
  answersTo(count: number): Uint8Array;
}

const NOTHING: Uint8Array = new Uint8Array();

/** A connection on which every answer follows at once from what was read. */
export function answeredBy(answerer: Answerer): ServedConnection {
  let answers: Uint8Array = NOTHING;
  return {
    space: () => answerer.space(),
    received: (count) => void (answers = answerer.answersTo(count)),
    takeOutgoing: () => {
      const taken = answers;
      answers = NOTHING;
      return taken;
    },
    isOver: false,
    abandon: () => {},
  };
}
