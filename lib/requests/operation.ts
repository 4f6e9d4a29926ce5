import type { GrpcDefinition, HttpDefinition } from "./definition.ts";
import type { Variables } from "./variable.ts";

/** One operation that both servers offer, as plain data: how each is asked, and how their answers compare. */
export interface Operation {
  readonly name: string;
  readonly rest: HttpDefinition;
  readonly grpc: GrpcDefinition;
  /** Besides `id`, which is there in every run. */
  readonly variables: Variables;
  /** The environment variables that holes name, by the names themselves: secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly comparison: AnswerComparison;
}

/**
 * How two answers are brought to one form before they are compared:
 * - `unwrapped`: each may have its content in this field
 * - `by-type`: REST's JSON is read as a message of the response type
 */
export type AnswerComparison =
  | { readonly kind: "unwrapped"; readonly field: string }
  | { readonly kind: "by-type" };
