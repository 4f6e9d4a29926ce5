import type { UserIdRange } from "../ids.ts";
import type { RequestDefinition } from "./definition.ts";
import type { Operation } from "./operation.ts";
import { ValueTable } from "./value_table.ts";

/** What the values of a run's requests follow from, besides a request's number. */
export interface ValueSource {
  readonly operation: Operation;
  /** What `{{id}}` is drawn from, unless the operation has a variable of that name. */
  readonly userIdRange: UserIdRange;
  readonly seed: number;
}

/** The values of requests to whoever speaks this protocol. */
export function valueTable(
  { operation, userIdRange, seed }: ValueSource,
  kind: RequestDefinition["kind"],
): ValueTable {
  return new ValueTable({
    variables: { id: { kind: "integers", ...userIdRange }, ...operation.variables },
    environment: operation.environment,
    seed,
    contender: kind === "http" ? "rest" : "grpc",
    now: () => new Date(),
  });
}
