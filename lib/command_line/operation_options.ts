import { Option } from "commander";
import { UsageError } from "../errors.ts";
import { quoted } from "../terminal/quoted.ts";
import { usageOf } from "./help.ts";

/** How an operation of the user's own is asked, as typed: files are not yet read. */
export interface OperationDraft {
  /** `METHOD PATH`; `null` where it follows from the schema. */
  readonly rest: { readonly method: string; readonly path: string } | null;
  /** `package.Service/Method`; `null`: the built-in operation is asked. */
  readonly call: string | null;
  readonly restData: DataDraft | null;
  readonly grpcData: DataDraft | null;
  readonly restHeaders: readonly HeaderDraft[];
  readonly grpcHeaders: readonly HeaderDraft[];
  readonly schema: SchemaDraft;
  readonly variables: readonly VariableDraft[];
}

/** Where the schema comes from. */
export type SchemaDraft =
  | { readonly kind: "reflection" }
  | {
    readonly kind: "proto-files";
    readonly files: readonly string[];
    readonly includeDirs: readonly string[];
  }
  | { readonly kind: "protoset"; readonly file: string };

export interface DataDraft {
  readonly flag: string;
  /** The text itself, or the path of the file that has it. */
  readonly source: { readonly kind: "text" | "file"; readonly value: string };
  /** Whether it is meant for this side alone. */
  readonly own: boolean;
}

export interface HeaderDraft {
  readonly flag: string;
  readonly name: string;
  readonly value: string;
}

export interface VariableDraft {
  readonly name: string;
  readonly spec: string;
}

/** What commander makes of the options below. */
export interface OperationOptions {
  readonly rest?: string;
  readonly call?: string;
  readonly data?: string;
  readonly restData?: string;
  readonly grpcData?: string;
  readonly header?: readonly string[];
  readonly restHeader?: readonly string[];
  readonly grpcHeader?: readonly string[];
  readonly proto?: readonly string[];
  readonly importPath?: readonly string[];
  readonly protoset?: string;
  readonly var?: readonly string[];
}

function several(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((text: string, before: readonly string[] | undefined) => [...before ?? [], text]);
}

export const OPERATION_OPTIONS: readonly Option[] = [
  new Option("--rest <request>", "what REST is asked, as in 'GET /api/orders/{{id}}'"),
  new Option("--call <method>", "what gRPC is asked: package.Service/Method"),
  new Option(
    "-d, --data <json>",
    "body and message, with {{name}} where a variable goes; @FILE reads",
  ),
  new Option("--rest-data <text>", "the body alone; @FILE reads"),
  new Option("--grpc-data <json>", "the message alone; @FILE reads"),
  several("-H, --header <name: value>", "sent with each request, as header and as metadata"),
  several("--rest-header <name: value>", "a header of REST alone"),
  several(
    "--grpc-header <name: value>",
    "metadata of gRPC alone; base64 where the name ends in -bin",
  ),
  several("--proto <file>", "the schema of --call (default: the server's reflection)"),
  several("-I, --import-path <folder>", "where --proto and its imports are looked for"),
  new Option("--protoset <file>", "the schema as a FileDescriptorSet, in place of --proto"),
  several("--var <name=values>", "a variable: 1..100, a,b,c or @file.csv"),
];

/** Those that may be given again and again, each time with another value: by their names without dashes. */
export const REPEATABLE: ReadonlySet<string> = new Set([
  "header",
  "rest-header",
  "grpc-header",
  "proto",
  "import-path",
  "var",
]);

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
const REQUEST = /^([A-Za-z]+)\s+(\/\S*)$/;
/** What no client sends, or sends by itself: framing, and what a connection is. */
const REST_OWN = [
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "keep-alive",
  "te",
  "trailer",
  "expect",
  "accept-encoding",
];
const GRPC_OWN = [...REST_OWN, "content-type", "user-agent"];
/** fetch has no way for them, or none with an answer to measure. */
const NO_METHODS = ["CONNECT", "TRACE", "TRACK"];

/** @throws {UsageError} where options do not go together, or one is not what it is to be. */
export function operationDraftFrom(options: OperationOptions): OperationDraft {
  const { call = null } = options;
  const rest = options.rest === undefined ? null : requestFrom(options.rest);
  if (rest !== null && call === null) {
    throw refuse("--rest alone", "--call with it, which says what gRPC is asked");
  }
  const needCall = ["data", "restData", "grpcData", "proto", "importPath", "protoset"] as const;
  for (const name of needCall) {
    if (options[name] !== undefined && call === null) {
      throw refuse(`${flagOf(name)} alone`, "--call with it, which says what gRPC is asked");
    }
  }
  return {
    rest,
    call,
    restData: dataFrom("--rest-data", options.restData) ?? dataFrom("--data", options.data),
    grpcData: dataFrom("--grpc-data", options.grpcData) ?? dataFrom("--data", options.data),
    restHeaders: [
      ...headersFrom("--header", options.header, REST_OWN),
      ...headersFrom("--rest-header", options.restHeader, REST_OWN),
    ],
    grpcHeaders: [
      // What a REST API wants to know of its body, gRPC has a word of its own for.
      ...headersFrom("--header", options.header, REST_OWN)
        .filter(({ name }) => !GRPC_OWN.includes(name.toLowerCase())),
      ...headersFrom("--grpc-header", options.grpcHeader, GRPC_OWN),
    ],
    schema: schemaFrom(options),
    variables: variablesFrom(options.var ?? []),
  };
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function requestFrom(text: string): OperationDraft["rest"] {
  const [, method, path] = REQUEST.exec(text.trim()) ?? [];
  if (method === undefined || path === undefined) {
    throw refuse(
      `--rest ${quoted(text)}`,
      "a method and a path without spaces, as in 'GET /api/orders/{{id}}'",
    );
  }
  if (NO_METHODS.includes(method.toUpperCase())) {
    throw refuse(`--rest ${quoted(text)}`, "another method, such as GET, POST or HEAD");
  }
  if (path.includes("#")) {
    throw refuse(`--rest ${quoted(text)}`, "no fragment (#): it is never sent");
  }
  return { method: method.toUpperCase(), path };
}

function dataFrom(flag: string, text: string | undefined): DataDraft | null {
  if (text === undefined) return null;
  const source = text.startsWith("@")
    ? { kind: "file", value: text.slice(1) } as const
    : { kind: "text", value: text } as const;
  return { flag, source, own: flag !== "--data" };
}

/** What is wrong with one is said without its value, which may be a token. */
function headersFrom(
  flag: string,
  texts: readonly string[] = [],
  reserved: readonly string[],
): HeaderDraft[] {
  return texts.map((text) => {
    const at = text.indexOf(":");
    const name = text.slice(0, Math.max(at, 0)).trim();
    const value = text.slice(at + 1).trim();
    if (at < 0 || !TOKEN.test(name)) {
      throw refuse(`${flag} as given`, "a name and a value, as in 'authorization: Bearer token'");
    }
    if (/[^\x20-\x7e]/.test(value)) {
      throw refuse(`${flag} "${name}"`, "a value of printable ASCII in one line");
    }
    if (reserved.includes(name.toLowerCase()) || /^grpc-/i.test(name)) {
      throw refuse(`${flag} "${name}"`, "another name: the clients send that field themselves");
    }
    return { flag, name, value };
  });
}

function schemaFrom({ proto, importPath = [], protoset }: OperationOptions): SchemaDraft {
  if (proto !== undefined && protoset !== undefined) {
    throw refuse("--proto with --protoset", "one of the two, since each is the schema");
  }
  if (importPath.length > 0 && proto === undefined) {
    throw refuse("--import-path alone", "--proto with it, whose imports are looked for there");
  }
  if (protoset !== undefined) return { kind: "protoset", file: protoset };
  return proto === undefined
    ? { kind: "reflection" }
    : { kind: "proto-files", files: proto, includeDirs: importPath.map(withoutSlash) };
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}

function variablesFrom(texts: readonly string[]): VariableDraft[] {
  const variables = texts.map((text) => {
    const at = text.indexOf("=");
    if (at <= 0 || at === text.length - 1) {
      throw refuse(
        `--var ${quoted(text)}`,
        "a name and its values, as in id=1..100, sku=a,b or c=@file.csv",
      );
    }
    return { name: text.slice(0, at), spec: text.slice(at + 1) };
  });
  for (const [index, { name }] of variables.entries()) {
    if (variables.findIndex((it) => it.name === name) !== index) {
      throw refuse(`--var ${quoted(name)} twice`, "each variable once");
    }
  }
  return variables;
}

function refuse(used: string, expected: string): UsageError {
  return new UsageError(`Cannot use ${used}: expected ${expected}.`, usageOf("run"));
}
