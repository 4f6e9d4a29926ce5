import type { AnswerSightings } from "../../answer_sightings.ts";

/** Hears of every field of a head while it is read, and of the head's end. */
export interface HeadObserver {
  /** @param name As the server spelled it. */
  onField(name: string, value: string): void;
  /** @returns Whether to go on: with `false` the next head is not observed. */
  onHeadEnd(minorVersion: number, status: number): boolean;
}

/** Looks at the heads of one connection until one of them is a success: errors may come from elsewhere. */
export class FirstHead implements HeadObserver {
  #coding: string | null = null;
  #server: string | null = null;

  constructor(readonly sightings: AnswerSightings) {}

  onField(name: string, value: string): void {
    switch (name.toLowerCase()) {
      case "content-encoding":
        this.#coding = value;
        break;
      case "server":
        this.#server = value;
        break;
    }
  }

  onHeadEnd(minorVersion: number, status: number): boolean {
    const isSuccess = status >= 200 && status <= 299;
    if (isSuccess) {
      this.sightings.add({
        httpVersion: `HTTP/1.${minorVersion}`,
        coding: this.#coding,
        server: this.#server,
      });
    }
    this.#coding = null;
    this.#server = null;
    return !isSuccess;
  }
}
