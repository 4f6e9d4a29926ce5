import type { CallShape } from "./grpc/schema.ts";
import type { SchemaSource } from "./grpc/schema_source.ts";

/** How an operation is asked, as plain data, so that threads and files can carry it. */
export type RequestDefinition = HttpDefinition | GrpcDefinition;

/** A text with `{{name}}` holes (`template.ts`). */
export type Template = string;

export type TemplateField = readonly [name: string, value: Template];

/** Whatever is one HTTP request and one response. */
export interface HttpDefinition {
  readonly kind: "http";
  /** In upper case. */
  readonly method: string;
  /** With the query; under the target's base path. */
  readonly path: Template;
  /** The user's own, beside what a client has to send. */
  readonly headers: readonly TemplateField[];
  readonly body: Template | null;
  readonly answer: HttpAnswer;
}

/**
 * What a body has to be for a success, beside a status of 2xx:
 * - `json`: valid JSON
 * - `json-or-nothing`: the same, or nothing where nothing may be meant: at 204 and 205, and in an answer to
 *   another method than GET
 * - `anything`
 */
export type HttpAnswer = "json" | "json-or-nothing" | "anything";

export interface GrpcDefinition {
  readonly kind: "grpc";
  /** `/package.Service/Method` */
  readonly path: string;
  readonly shape: CallShape;
  readonly schema: SchemaSource;
  /** The request message in ProtoJSON, as data; its strings may have holes. */
  readonly message: unknown;
  readonly metadata: readonly TemplateField[];
}
