/**
 * How long the places in flight of a load were taken, each until its own last answer: a straggler keeps
 * its own place waiting, and none of those that have nothing left to send.
 */
export interface Occupation {
  /** Over all places, in milliseconds. */
  readonly sumMs: number;
  /** Whose time it is. */
  readonly places: number;
}

/** How long a place was taken on average, in milliseconds. */
export function meanOccupationMs({ sumMs, places }: Occupation): number {
  return places === 0 ? 0 : sumMs / places;
}

/** That of parts that shared a load, each with places of its own. */
export function joinOccupations(parts: readonly Occupation[]): Occupation {
  return {
    sumMs: parts.reduce((sum, part) => sum + part.sumMs, 0),
    places: parts.reduce((sum, part) => sum + part.places, 0),
  };
}
