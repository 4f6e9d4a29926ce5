/** What was seen of something; or why it was out of sight, in words that fit after a colon. */
export type Sight<T> =
  | { readonly kind: "seen"; readonly value: T }
  | { readonly kind: "unseen"; readonly reason: string };

export function seen<T>(value: T): Sight<T> {
  return { kind: "seen", value };
}

export function unseen(reason: string): Sight<never> {
  return { kind: "unseen", reason };
}

/** What two observers saw together: one of them is enough. */
export function mergeSights<T>(
  first: Sight<T>,
  second: Sight<T>,
  merge: (first: T, second: T) => T,
): Sight<T> {
  if (first.kind === "unseen") return second;
  if (second.kind === "unseen") return first;
  return seen(merge(first.value, second.value));
}

/** What follows from what was seen; out of sight where that was. */
export function mapSight<T, Result>(sight: Sight<T>, map: (value: T) => Result): Sight<Result> {
  return sight.kind === "unseen" ? sight : seen(map(sight.value));
}

/** What follows from two things that were seen; out of sight where either was. */
export function mapSights<First, Second, T>(
  first: Sight<First>,
  second: Sight<Second>,
  map: (first: First, second: Second) => T,
): Sight<T> {
  if (first.kind === "unseen") return first;
  if (second.kind === "unseen") return second;
  return seen(map(first.value, second.value));
}
