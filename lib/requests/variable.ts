import { UsageError } from "../errors.ts";
import type { Value } from "./template.ts";

/**
 * Where a variable's values come from; plain data:
 * - `integers`: uniform between two bounds, both inclusive
 * - `choice`: one of a list, each as often as it is named there
 * - `rows`: a row of a table, whose columns are `name.column`; of one column, `name` as well
 */
export type VariableSource =
  | { readonly kind: "integers"; readonly min: number; readonly max: number }
  | { readonly kind: "choice"; readonly values: readonly Value[] }
  | {
    readonly kind: "rows";
    readonly columns: readonly string[];
    readonly rows: readonly (readonly string[])[];
    readonly pick: RowPick;
  };

/** `in-turn`: by the request's number, from the first row on, again and again. */
export type RowPick = "random" | "in-turn";

/** Variables by name, as a user defines them. */
export type Variables = Readonly<Record<string, VariableSource>>;

/** Taken by what is always there. */
export const BUILT_IN_NAMES = ["sequence", "uuid", "now", "unixMs", "contender", "env"] as const;

const NAME = /^[A-Za-z_]\w*$/;
const RANGE = /^([-+]?\d{1,17})\.\.([-+]?\d{1,17})$/;

/** @throws {UsageError} where a variable cannot be called that. */
export function checkVariableName(name: string): void {
  if (!NAME.test(name)) {
    throw new UsageError(
      `Cannot call a variable "${name}": expected letters, digits and _, as in "order_id".`,
    );
  }
  if ((BUILT_IN_NAMES as readonly string[]).includes(name)) {
    throw new UsageError(
      `Cannot call a variable "${name}": {{${name}}} is always there. Give it another name.`,
    );
  }
}

/** @returns `null` where the text is no range, as in `1..100`. */
export function parseRange(text: string): VariableSource | null {
  const [, first, last] = RANGE.exec(text) ?? [];
  if (first === undefined || last === undefined) return null;
  const [min, max] = [Number(first), Number(last)];
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    throw new UsageError(
      `Cannot draw from the range "${text}": expected the lesser integer first, as in "1..100", ` +
        `and none beyond ${Number.MAX_SAFE_INTEGER}.`,
    );
  }
  return { kind: "integers", min, max };
}
