import { seen, type Sight, unseen } from "../requests/sight.ts";

/** An honest server uses one or two; the rest of a hostile one's are dropped. */
const MAX_KEPT = 4;
const MAX_TEXT_LENGTH = 60;
const NO_ANSWER: Sight<never> = unseen("no good answer came");

/** What a head says of how its content came, and from whom. `null` where the head has no such field. */
export interface SightedHead {
  readonly httpVersion: string;
  /** `Content-Encoding`; in gRPC `grpc-encoding`. */
  readonly coding: string | null;
  readonly server: string | null;
}

/**
 * What the heads of a few answers said: the first ones of each connection, as looking at every head would
 * cost more than it tells.
 */
export class AnswerSightings {
  readonly #httpVersions = new Set<string>();
  readonly #codings = new Set<string>();
  readonly #servers = new Set<string>();
  #any = false;

  get any(): boolean {
    return this.#any;
  }

  add({ httpVersion, coding, server }: SightedHead): void {
    this.#any = true;
    keep(this.#httpVersions, httpVersion);
    for (const name of coding?.split(",", MAX_KEPT) ?? []) {
      const known = name.trim().toLowerCase();
      if (known !== "" && known !== "identity") keep(this.#codings, known);
    }
    if (server !== null && server !== "") keep(this.#servers, server);
  }

  get httpVersions(): Sight<readonly string[]> {
    return this.#sight(this.#httpVersions);
  }

  get contentCodings(): Sight<readonly string[]> {
    return this.#sight(this.#codings);
  }

  get serverNames(): Sight<readonly string[]> {
    return this.#sight(this.#servers);
  }

  #sight(texts: ReadonlySet<string>): Sight<readonly string[]> {
    return this.#any ? seen([...texts].sort()) : NO_ANSWER;
  }
}

function keep(texts: Set<string>, text: string): void {
  if (texts.size < MAX_KEPT) texts.add(text.slice(0, MAX_TEXT_LENGTH));
}
