import { UsageError } from "../errors.ts";
import { ValueError } from "./byte_template.ts";
import { compileGrpc, compileHttp } from "./compile.ts";
import { MessageTemplateError } from "./grpc/message_template.ts";
import { variablesOf } from "./questions.ts";
import { namesIn, parseTemplate, TemplateError, type Value } from "./template.ts";
import type { ValueSource } from "./value_source.ts";
import { UnknownVariableError } from "./value_table.ts";
import type { VariableSource } from "./variable.ts";

/** So many values of a list or a file are tried in their place before a run; further ones are of the same making. */
const MOST_TRIED = 5000;

/**
 * Makes one request with each value that a variable may have, so that what is wrong with one is told before
 * anything is sent, and not half-way through a run.
 *
 * @throws {UsageError} naming the hole, the field or the value.
 */
export function checkRequests(source: ValueSource): void {
  try {
    const names = variablesOf(source);
    refuseSecrets(source);
    compileAll(source);
    const unused = Object.keys(source.operation.variables)
      .find((variable) => !names.some((name) => name.split(".")[0] === variable));
    if (unused !== undefined) {
      throw new UsageError(
        `Cannot use the variable "${unused}": expected {{${unused}}} somewhere in the request.`,
      );
    }
    const variables = Object.entries(source.operation.variables);
    const tries = Math.min(MOST_TRIED, Math.max(1, ...variables.map(([, it]) => sizeOf(it))));
    for (let index = 0; index < tries; index++) {
      const fixed = variables.map(([name, it]) => [name, fixedAt(it, index)] as const);
      compileAll({
        ...source,
        operation: { ...source.operation, variables: Object.fromEntries(fixed) },
      });
    }
  } catch (error) {
    throw usageErrorFrom(error);
  }
}

function compileAll(source: ValueSource): void {
  const http = compileHttp(source);
  http.messages([])(0);
  http.wireMessages("", [])().messageOf(0);
  const grpc = compileGrpc(source);
  grpc.encode(0);
  grpc.varyingMetadata(0);
}

/** A path, a body and a message are shown, and may be saved. */
function refuseSecrets({ operation: { rest, grpc } }: ValueSource): void {
  const shown = [rest.path, rest.body ?? "", JSON.stringify(grpc.message)];
  const secret = namesIn(...shown.map(parseTemplate)).find((name) => name.startsWith("env."));
  if (secret === undefined) return;
  throw new UsageError(
    `Cannot use "{{${secret}}}" there: expected it in a header or in metadata, which no result shows.`,
  );
}

function sizeOf(variable: VariableSource): number {
  switch (variable.kind) {
    case "integers":
      return 2;
    case "choice":
      return variable.values.length;
    case "rows":
      return variable.rows.length;
  }
}

/** The same variable with one of its values alone. */
function fixedAt(variable: VariableSource, index: number): VariableSource {
  switch (variable.kind) {
    case "integers": {
      const bound = index % 2 === 0 ? variable.min : variable.max;
      return { kind: "integers", min: bound, max: bound };
    }
    case "choice":
      return { kind: "choice", values: [at(variable.values, index)] };
    case "rows":
      return { ...variable, rows: [at(variable.rows, index)] };
  }
}

function at<T extends Value | readonly string[]>(items: readonly T[], index: number): T {
  return items[index % items.length]!;
}

function usageErrorFrom(error: unknown): unknown {
  if (error instanceof TemplateError) {
    return new UsageError(`Cannot use the request: ${error.message}.`);
  }
  if (error instanceof UnknownVariableError) {
    return new UsageError(
      `Cannot fill the request: ${error.message}. Define it with --var NAME=VALUES.`,
    );
  }
  if (error instanceof ValueError) {
    return new UsageError(`Cannot fill the request: ${error.message}.`);
  }
  if (error instanceof MessageTemplateError) {
    const where = error.path === "" ? "" : ` at ${error.path}`;
    return new UsageError(`Cannot make the message${where}: ${error.message}.`);
  }
  return error;
}
