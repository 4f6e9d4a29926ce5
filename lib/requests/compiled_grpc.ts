import type protobuf from "protobufjs";
import type { GrpcDefinition } from "./definition.ts";
import { MessageTemplate } from "./grpc/message_template.ts";
import { compileSchema, type Method } from "./grpc/schema.ts";
import type { SchemaSource } from "./grpc/schema_source.ts";
import { messageCheck } from "./message_check.ts";
import type { Failure } from "./sample.ts";
import { parseTemplate, settled } from "./template.ts";
import { TextTemplate } from "./text_template.ts";
import { type ValueSource, valueTable } from "./value_source.ts";
import type { ValueTable } from "./value_table.ts";

/** A field of a call's metadata; the value of one whose name ends in `-bin` is base64. */
export type MetadataField = readonly [name: string, value: string];

/** A definition of a gRPC call, made into functions of a request's number. */
export class CompiledGrpc {
  /** `/package.Service/Method` */
  readonly path: string;
  /** What is the same in each call. */
  readonly fixedMetadata: readonly MetadataField[];
  readonly #table: ValueTable;
  readonly #message: MessageTemplate;
  readonly #varying: readonly (readonly [name: string, value: TextTemplate])[];
  readonly #responseType: protobuf.Type;
  readonly #check: (message: Uint8Array) => void;

  /**
   * @throws {UsageError} where the schema has no such method.
   * @throws {MessageTemplateError} where the message is not one that the method takes.
   */
  constructor(source: ValueSource) {
    const definition = source.operation.grpc;
    const { requestType, responseType, path } = methodOf(definition);
    this.path = path;
    this.#table = valueTable(source, "grpc");
    const slotOf = (name: string) => this.#table.slotOf(name);
    this.#message = new MessageTemplate(requestType, definition.message, slotOf);
    const metadata = definition.metadata.map(([name, value]) =>
      [
        name.toLowerCase(),
        new TextTemplate(settled(parseTemplate(value), this.#table.constantOf), "header", slotOf),
      ] as const
    );
    this.fixedMetadata = metadata.filter(([, value]) => value.isFixed)
      .map(([name, value]) => [name, value.fill([])]);
    this.#varying = metadata.filter(([, value]) => !value.isFixed);
    this.#responseType = responseType;
    this.#check = messageCheck(responseType);
  }

  /** The request's message, without its frame prefix. */
  encode(request: number): Uint8Array {
    return this.#message.encode(this.#table.valuesOf(request));
  }

  /** What differs from call to call; `null` where nothing does. */
  varyingMetadata(request: number): readonly MetadataField[] | null {
    if (this.#varying.length === 0) return null;
    const values = this.#table.valuesOf(request);
    return this.#varying.map(([name, value]) => [name, value.fill(values)]);
  }

  /**
   * What the message of a call with status OK counts as: a success is one that decodes.
   *
   * @returns `null` for a success.
   */
  failureOf(message: Uint8Array): Failure | null {
    try {
      this.#check(message);
      return null;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const cause = `the message of ${message.length} bytes does not decode: ${reason}`;
      return {
        kind: "failure",
        errorType: "Malformed Protobuf",
        cause,
        reason: { kind: "malformed" },
      };
    }
  }

  /** The response as plain data. Throws where the bytes are not a valid response message. */
  readonly decode = (message: Uint8Array): unknown =>
    this.#responseType.toObject(this.#responseType.decode(message), {
      longs: String,
      defaults: true,
    });
}

/** By the schema itself: every client of a thread compiles the same one. */
const methods = new WeakMap<SchemaSource, Map<string, Method>>();

/** @throws {UsageError} where the schema is not valid, or has no such method. */
export function methodOf({ schema, path }: Pick<GrpcDefinition, "schema" | "path">): Method {
  const known = methods.get(schema) ?? new Map<string, Method>();
  methods.set(schema, known);
  const method = known.get(path) ?? compileSchema(schema).method(path);
  known.set(path, method);
  return method;
}
