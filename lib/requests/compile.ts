/** The one place where plain definitions become functions of a request's number; every thread does it for itself. */
import { CompiledGrpc, methodOf } from "./compiled_grpc.ts";
import { CompiledHttp } from "./compiled_http.ts";
import { differencesByType } from "./grpc/read_through.ts";
import { differingFields, type FieldDifference } from "./meaning.ts";
import type { Operation } from "./operation.ts";
import type { ValueSource } from "./value_source.ts";

export function compileHttp(source: ValueSource): CompiledHttp {
  return new CompiledHttp(source);
}

export function compileGrpc(source: ValueSource): CompiledGrpc {
  return new CompiledGrpc(source);
}

/** The fields in which two decoded answers differ in meaning, REST's being the first; empty where none. */
export type CompareAnswers = (restContent: unknown, grpcContent: unknown) => FieldDifference[];

export function compileComparison({ comparison, grpc }: Operation): CompareAnswers {
  switch (comparison.kind) {
    case "unwrapped": {
      const { field } = comparison;
      return (rest, message) => differingFields(unwrapped(rest, field), unwrapped(message, field));
    }
    case "by-type": {
      const { responseType } = methodOf(grpc);
      return (rest, message) => {
        const bytes = responseType.encode(responseType.fromObject(message as object)).finish();
        return differencesByType(responseType, rest, bytes);
      };
    }
  }
}

function unwrapped(content: unknown, field: string): unknown {
  if (typeof content !== "object" || content === null) return content;
  const inner = (content as Readonly<Record<string, unknown>>)[field];
  return typeof inner === "object" && inner !== null ? inner : content;
}
