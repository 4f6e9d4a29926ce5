/**
 * A request is known by its number alone: what it asks for follows from that and the run's seed. What is
 * measured has the numbers from 0 on; what else is sent has numbers of its own, so that a value that no two
 * requests share, such as `{{sequence}}`, is not used up before it is measured. All are integers of 31 bits.
 */
export const WARM_UP_FROM = 2 ** 30;
export const KNEE_FROM = WARM_UP_FROM + 2 ** 29;
export const PREFLIGHT_FROM = 2 ** 31 - 2 ** 16;

/** Hands out the numbers of requests one by one; `null` when they have run out. */
export type RequestNumbers = () => number | null;
