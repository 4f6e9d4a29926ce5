import protobuf from "protobufjs";
import "protobufjs/ext/descriptor.js";
import { UsageError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";
import { type HttpRule, httpRulesOfMethod, httpRulesOfSet } from "./http_rule.ts";
import { parseProto, type SchemaSource } from "./schema_source.ts";
import { wellKnownProto } from "./well_known_protos.ts";

/** How many messages go each way in one call. */
export type CallShape = "unary" | "server-stream" | "client-stream" | "bidi";

/** One method of a service. */
export interface Method {
  /** `/package.Service/Method`, as it is asked for on the wire. */
  readonly path: string;
  readonly shape: CallShape;
  readonly requestType: protobuf.Type;
  readonly responseType: protobuf.Type;
  /** How `google.api.http` maps it to REST, the first rule first; empty where it does not. */
  readonly httpRules: readonly HttpRule[];
}

/** A compiled schema. */
export class Schema {
  readonly #root: protobuf.Root;
  /** Of descriptors, whose custom options protobufjs drops. */
  readonly #httpRules: ReadonlyMap<string, readonly HttpRule[]>;

  constructor(root: protobuf.Root, httpRules: ReadonlyMap<string, readonly HttpRule[]>) {
    this.#root = root;
    this.#httpRules = httpRules;
  }

  /** Full names, sorted. */
  get services(): string[] {
    return servicesIn(this.#root).map(fullNameOf).sort();
  }

  /**
   * @param name `package.Service/Method`, as typed; the package may be left out where that is clear.
   * @throws {UsageError} where there is no such method, with names that are near it.
   */
  method(name: string): Method {
    const [serviceName, methodName] = splitMethodName(name);
    const service = this.#service(serviceName, name);
    const method = service.methodsArray.find(({ name }) => name === methodName);
    if (method === undefined) {
      throw new UsageError(
        `Cannot call "${name}": ${fullNameOf(service)} has no method "${methodName}".` +
          suggestion(methodName, Object.keys(service.methods), `${fullNameOf(service)}/`),
      );
    }
    method.resolve();
    const path = `/${fullNameOf(service)}/${method.name}`;
    return {
      path,
      shape: shapeOf(method),
      requestType: method.resolvedRequestType!,
      responseType: method.resolvedResponseType!,
      httpRules: this.#httpRules.get(path) ?? httpRulesOfMethod(method.parsedOptions ?? []),
    };
  }

  #service(serviceName: string, typed: string): protobuf.Service {
    const services = servicesIn(this.#root);
    const exact = services.find((service) => fullNameOf(service) === serviceName);
    if (exact !== undefined) return exact;
    const short = services.filter(({ name }) => name === serviceName);
    if (short.length === 1) return short[0]!;
    const known = services.map(fullNameOf);
    throw new UsageError(
      short.length > 1
        ? `Cannot call "${typed}": more than one service is called "${serviceName}". Expected one of ${
          listed(short.map(fullNameOf))
        }.`
        : `Cannot call "${typed}": the schema has no service "${serviceName}".` +
          suggestion(serviceName, known),
    );
  }
}

/** @throws {UsageError} where the schema is not valid. */
export function compileSchema(source: SchemaSource): Schema {
  switch (source.kind) {
    case "proto-files": {
      const root = new protobuf.Root();
      for (const file of source.files) {
        const { imports = [], weakImports = [] } = parseProto(file, root);
        for (const name of [...imports, ...weakImports]) {
          const known = wellKnownProto(name);
          if (known?.nested !== undefined) root.addJSON(known.nested);
        }
      }
      return new Schema(resolved(root, "the .proto files"), new Map());
    }
    case "descriptor-set": {
      let root: protobuf.Root;
      try {
        root = protobuf.Root.fromDescriptor(source.bytes);
      } catch (error) {
        throw invalid("the descriptor set", error);
      }
      return new Schema(resolved(root, "the descriptor set"), httpRulesOfSet(source.bytes));
    }
  }
}

function resolved(root: protobuf.Root, what: string): protobuf.Root {
  try {
    root.resolveAll();
    return root;
  } catch (error) {
    throw invalid(what, error);
  }
}

function invalid(what: string, error: unknown): UsageError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UsageError(`Cannot use ${what} as a schema: ${reason}. Expected a valid schema.`);
}

/** Accepts what grpcurl, ghz and stack traces call a method. */
function splitMethodName(name: string): [service: string, method: string] {
  const path = name.replace(/^\//, "");
  const at = path.includes("/") ? path.lastIndexOf("/") : path.lastIndexOf(".");
  if (at <= 0 || at === path.length - 1) {
    throw new UsageError(`Cannot call "${name}": expected "package.Service/Method".`);
  }
  return [path.slice(0, at), path.slice(at + 1)];
}

function servicesIn(namespace: protobuf.NamespaceBase): protobuf.Service[] {
  return namespace.nestedArray.flatMap((it) =>
    it instanceof protobuf.Service ? [it] : it instanceof protobuf.Namespace ? servicesIn(it) : []
  );
}

/** protobufjs writes full names with a dot in front. */
function fullNameOf({ fullName }: protobuf.ReflectionObject): string {
  return fullName.replace(/^\./, "");
}

function shapeOf({ requestStream, responseStream }: protobuf.Method): CallShape {
  if (requestStream) return responseStream ? "bidi" : "client-stream";
  return responseStream ? "server-stream" : "unary";
}

const MOST_LISTED = 10;

function suggestion(typed: string, known: readonly string[], prefix = ""): string {
  if (known.length === 0) return " It has none at all.";
  const near = nearest(typed, known);
  if (near !== null) return ` Did you mean "${prefix}${near}"?`;
  return ` It has ${listed(known.map((name) => prefix + name))}.`;
}

function listed(names: readonly string[]): string {
  const shown = [...names].sort().slice(0, MOST_LISTED).map((name) => `"${name}"`).join(", ");
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}
