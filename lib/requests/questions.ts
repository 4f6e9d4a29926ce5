import { cut } from "../terminal/cut.ts";
import { BUILT_IN_NAMES } from "./variable.ts";
import { namesIn, parseTemplate } from "./template.ts";
import { type ValueSource, valueTable } from "./value_source.ts";

/**
 * Which requests ask the same, by what is drawn for them: what a cache would know them by. Those of an
 * operation without a variable all do; of several variables, or of others than whole numbers, two requests
 * hardly ever do, and each counts as a question of its own.
 */
export interface Questions {
  /** How many there are; `null` where each request is one. */
  readonly count: number | null;
  /** From 0 on. */
  readonly of: (request: number) => number;
}

export function questionsOf(source: ValueSource): Questions {
  const { operation, userIdRange } = source;
  const names = variablesOf(source);
  if (names.length === 0) return { count: 1, of: () => 0 };
  const [name = "", ...others] = names;
  const known = operation.variables[name] ??
    (name === "id" ? { kind: "integers", ...userIdRange } as const : null);
  if (others.length > 0 || known?.kind !== "integers") {
    return { count: null, of: (request) => request };
  }
  const table = valueTable(source, "http");
  const slot = table.slotOf(name);
  const { min, max } = known;
  return {
    count: max - min + 1,
    of: (request) => table.valuesOf(request)[slot] as number - min,
  };
}

/** The variables that an operation's requests are made of, but for what is the same in all. */
export function variablesOf({ operation: { rest, grpc } }: ValueSource): string[] {
  const templates = [
    rest.path,
    ...rest.headers.map(([, value]) => value),
    ...(rest.body === null ? [] : [rest.body]),
    ...textsIn(grpc.message),
    ...grpc.metadata.map(([, value]) => value),
  ];
  return namesIn(...templates.map(parseTemplate))
    .filter((name) => name !== "contender" && !name.startsWith("env."));
}

function textsIn(data: unknown): string[] {
  if (typeof data === "string") return [data];
  return typeof data === "object" && data !== null ? Object.values(data).flatMap(textsIn) : [];
}

/** `getUser(7)`, or `createOrder(sku=A, quantity=2)`: one request in words. */
export function requestWords(source: ValueSource, request: number): string {
  const { operation } = source;
  const names = variablesOf(source)
    .filter((name) => !(BUILT_IN_NAMES as readonly string[]).includes(name));
  if (names.length === 0) return operation.name;
  const table = valueTable(source, "http");
  const slots = names.map((name) => table.slotOf(name));
  const values = table.valuesOf(request);
  const said = slots.map((slot, index) =>
    names.length === 1 ? cut(String(values[slot])) : `${names[index]}=${cut(String(values[slot]))}`
  );
  return `${operation.name}(${said.join(", ")})`;
}
