import { drawsOf } from "../draws.ts";
import { nearest } from "../nearest.ts";
import type { Value } from "./template.ts";
import { BUILT_IN_NAMES, type Variables, type VariableSource } from "./variable.ts";

/** A hole whose variable there is not, or not in that place. */
export class UnknownVariableError extends Error {
  override readonly name = "UnknownVariableError";
}

/** What values depend on besides the request's number. */
export interface ValueSettings {
  readonly variables: Variables;
  readonly seed: number;
  /** Who is asked: what must not be the same for two contenders of one database. */
  readonly contender: string;
  /** The environment variables that holes name, by the names themselves. */
  readonly environment: Readonly<Record<string, string>>;
  readonly now: () => Date;
}

type Draw = (request: number) => Value;

const ENVIRONMENT = "env.";
const TWO_TO_32 = 2 ** 32;
/** Those that a wrong value of would show with. */
const MOST_SAMPLES = 1000;
/** Keep the parts of what is drawn in several parts apart from each other, and from other variables. */
const PARTS = 4;

/**
 * The values of one request's holes: a function of the seed, the request's number and the variable alone, but
 * for the time of day. Each variable is drawn once a request, however many holes it has.
 */
export class ValueTable {
  readonly #settings: ValueSettings;
  readonly #slots = new Map<string, number>();
  readonly #draws: Draw[] = [];
  readonly #values: Value[] = [];
  /** Numbers the variables, so that each draws independently of the others. */
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(settings: ValueSettings) {
    this.#settings = settings;
    const names = [...Object.keys(settings.variables).sort(), ...BUILT_IN_NAMES];
    this.#numbers = new Map(names.map((name, index) => [name, index]));
  }

  /**
   * Where a variable's value will be in what `valuesOf` returns.
   *
   * @throws {UnknownVariableError} where there is no such variable.
   */
  slotOf(name: string): number {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = this.#draws.push(this.#drawOf(name)) - 1;
    this.#slots.set(name, slot);
    return slot;
  }

  /**
   * What is the same in every request: environment variables, and who is asked.
   *
   * @throws {UnknownVariableError} where there is no such environment variable.
   */
  readonly constantOf = (name: string): string | null => {
    const { contender } = this.#settings;
    if (name === "contender") return contender;
    return name.startsWith(ENVIRONMENT) ? String(this.#drawOf(name)(0)) : null;
  };

  /** One value for each slot; the list is used again for the next request. */
  valuesOf(request: number): readonly Value[] {
    for (let slot = 0; slot < this.#draws.length; slot++) {
      this.#values[slot] = this.#draws[slot]!(request);
    }
    return this.#values;
  }

  /** Variables that are defined and have no hole, sorted. */
  get unused(): string[] {
    const used = new Set([...this.#slots.keys()].map((name) => name.split(".")[0]!));
    return Object.keys(this.#settings.variables).filter((name) => !used.has(name)).sort();
  }

  #drawOf(name: string): Draw {
    const { variables, environment, contender, now, seed } = this.#settings;
    if (name.startsWith(ENVIRONMENT)) {
      const value = environment[name.slice(ENVIRONMENT.length)];
      if (value !== undefined) return () => value;
      throw new UnknownVariableError(`the environment has no "${name.slice(ENVIRONMENT.length)}"`);
    }
    switch (name) {
      case "sequence":
        return (request) => request + 1;
      case "uuid":
        return uuids(seed, this.#numberOf(name));
      case "now":
        return timesOfDay(now);
      case "unixMs":
        return () => now().getTime();
      case "contender":
        return () => contender;
    }
    const [variable = "", column] = name.split(".", 2);
    const source = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
    if (source === undefined) throw this.#unknown(name);
    return drawFrom(source, name, column, seed, this.#numberOf(variable));
  }

  #numberOf(variable: string): number {
    return this.#numbers.get(variable)! * PARTS;
  }

  #unknown(name: string): UnknownVariableError {
    const defined = Object.entries(this.#settings.variables).flatMap(([variable, source]) =>
      source.kind === "rows" ? source.columns.map((column) => `${variable}.${column}`) : [variable]
    );
    const near = nearest(name, [...defined, ...BUILT_IN_NAMES]);
    return new UnknownVariableError(
      `there is no variable "${name}"` + (near === null ? "" : `; did you mean "${near}"?`),
    );
  }
}

/** The values that a source has, or as many as a fault of one of them would show with. */
export function samplesOf(source: VariableSource, column: string | undefined): readonly Value[] {
  switch (source.kind) {
    case "integers":
      return [source.min, source.max];
    case "choice":
      return source.values.slice(0, MOST_SAMPLES);
    case "rows": {
      const index = column === undefined ? 0 : source.columns.indexOf(column);
      return source.rows.slice(0, MOST_SAMPLES).map((row) => row[index]!);
    }
  }
}

function drawFrom(
  source: VariableSource,
  name: string,
  column: string | undefined,
  seed: number,
  number: number,
): Draw {
  if (source.kind !== "rows" && column !== undefined) {
    throw new UnknownVariableError(`"${name.split(".")[0]}" has no columns; expected one of a CSV`);
  }
  switch (source.kind) {
    case "integers": {
      const { min, max } = source;
      const index = indexDraws(max - min + 1, seed, number);
      return (request) => min + index(request);
    }
    case "choice": {
      const { values } = source;
      const index = indexDraws(values.length, seed, number);
      return (request) => values[index(request)]!;
    }
    case "rows": {
      const { rows, columns, pick } = source;
      const place = column === undefined && columns.length === 1
        ? 0
        : columns.indexOf(column ?? "");
      if (place < 0) throw noSuchColumn(name, columns);
      const index = pick === "random"
        ? indexDraws(rows.length, seed, number)
        : (request: number) => request % rows.length;
      return (request) => rows[index(request)]![place]!;
    }
  }
}

function noSuchColumn(name: string, columns: readonly string[]): UnknownVariableError {
  const variable = name.split(".")[0]!;
  const known = columns.map((column) => `{{${variable}.${column}}}`).join(", ");
  return new UnknownVariableError(`there is no "${name}"; the file has ${known}`);
}

/** Uniform from 0 to `span` − 1: 53 bits, so that no value is drawn more often than another by what shows. */
function indexDraws(span: number, seed: number, number: number): (request: number) => number {
  const high = drawsOf(seed, number);
  if (span <= 2 ** 21) return (request) => Math.floor(high(request) / TWO_TO_32 * span);
  const low = drawsOf(seed, number + 1);
  return (request) => {
    const fraction = (high(request) * 2 ** 21 + (low(request) >>> 11)) / 2 ** 53;
    return Math.floor(fraction * span);
  };
}

/** The two hexadecimal digits of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Version 4 of RFC 9562, of bits that follow from the seed. */
function uuids(seed: number, number: number): Draw {
  const [first, second, third, fourth] = [0, 1, 2, 3].map((part) => drawsOf(seed, number + part));
  return (request) => {
    const [a, b, c, d] = [first!(request), second!(request), third!(request), fourth!(request)];
    return hexOf(a) + "-" + pairOf(b >>> 16) + "-" + pairOf(b & 0x0fff | 0x4000) + "-" +
      pairOf(c >>> 16 & 0x3fff | 0x8000) + "-" + pairOf(c & 0xffff) + hexOf(d);
  };
}

function hexOf(bits: number): string {
  return pairOf(bits >>> 16) + pairOf(bits & 0xffff);
}

function pairOf(bits: number): string {
  return HEX[bits >>> 8]! + HEX[bits & 0xff]!;
}

/** ISO 8601 in UTC; made once a millisecond, as it takes longer than a whole request's other holes. */
function timesOfDay(now: () => Date): Draw {
  let lastMs = NaN;
  let text = "";
  return () => {
    const date = now();
    const ms = date.getTime();
    if (ms !== lastMs) text = date.toISOString();
    lastMs = ms;
    return text;
  };
}
