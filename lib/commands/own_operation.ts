import type {
  DataDraft,
  HeaderDraft,
  OperationDraft,
  VariableDraft,
} from "../command_line/operation_options.ts";
import { ProtoduelError, UsageError } from "../errors.ts";
import { checkRequests } from "../requests/check_requests.ts";
import { csvRows } from "../requests/csv_rows.ts";
import type { GrpcDefinition, HttpDefinition, TemplateField } from "../requests/definition.ts";
import { getUser } from "../requests/built_in/get_user.ts";
import { bindToHttp } from "../requests/grpc/http_binding.ts";
import { compileSchema, type Method } from "../requests/grpc/schema.ts";
import { readProtoFiles, type SchemaSource } from "../requests/grpc/schema_source.ts";
import type { Operation } from "../requests/operation.ts";
import { namesIn, parseTemplate, TemplateError } from "../requests/template.ts";
import { checkVariableName, parseRange, type VariableSource } from "../requests/variable.ts";
import type { UserIdRange } from "../ids.ts";
import { quoted } from "../terminal/quoted.ts";
import { fileFault } from "./file_fault.ts";
import type { Host } from "./host.ts";

/** Asks a gRPC server itself what it offers; rejects where it does not say. */
export type Reflect = (
  service: string,
  metadata: readonly TemplateField[],
) => Promise<SchemaSource>;

const ENVIRONMENT = "env.";
/** What a task's permissions allow. */
const ENVIRONMENT_NAME = /^PROTODUEL_\w+$/;
/** Shorter ones stand in texts by chance, and could not be kept out of what is printed. */
const LEAST_SECRET_LENGTH = 8;
/** No body goes along unless it is asked for expressly: RFC 9110 gives it no meaning there. */
const WITHOUT_BODY = ["GET", "HEAD", "DELETE", "OPTIONS"];

/**
 * Makes an operation of what the command line says: reads its files, its schema and its secrets, and tries
 * every value in its place, so that whatever is wrong is told before anything is sent.
 *
 * @param keepSecret Hears what no output may hold, before anything else is done.
 * @throws {UsageError} naming what is wrong; another error where the server gives no schema.
 */
export async function readOperation(
  draft: OperationDraft,
  userIdRange: UserIdRange,
  host: Host,
  keepSecret: (secrets: readonly string[]) => void,
  reflect: Reflect,
): Promise<Operation> {
  const environment = readEnvironment(draft, host);
  keepSecret(Object.values(environment));
  const variables = await readVariables(draft.variables, host);
  const headers = draft.restHeaders.map(fieldOf);
  const metadata = draft.grpcHeaders.map(metadataFieldOf);
  const operation = draft.call === null
    ? {
      ...getUser,
      rest: { ...getUser.rest, headers },
      grpc: { ...getUser.grpc, metadata },
      variables,
      environment,
    }
    : await ownOperation(
      draft,
      draft.call,
      { headers, metadata, variables, environment },
      host,
      reflect,
    );
  checkRequests({ operation, userIdRange, seed: 0 });
  return operation;
}

interface Parts {
  readonly headers: readonly TemplateField[];
  readonly metadata: readonly TemplateField[];
  readonly variables: Operation["variables"];
  readonly environment: Operation["environment"];
}

async function ownOperation(
  draft: OperationDraft,
  call: string,
  { headers, metadata, variables, environment }: Parts,
  host: Host,
  reflect: Reflect,
): Promise<Operation> {
  const message = await readMessage(draft.grpcData, host);
  const filled = metadata.map((
    [name, value],
  ): TemplateField => [name, withSecrets(value, environment)]);
  const schema = await readSchema(draft, call, filled, host, reflect);
  const method = compileSchema(schema).method(call);
  if (method.shape !== "unary") {
    throw new UsageError(
      `Cannot call ${
        quoted(call)
      }: it is a stream (${method.shape}); expected a method with one message each way.`,
    );
  }
  const rest = await restDefinition(draft, method, message, headers, host);
  const grpc: GrpcDefinition = {
    kind: "grpc",
    path: method.path,
    shape: method.shape,
    schema,
    message,
    metadata,
  };
  const name = method.path.slice(method.path.lastIndexOf("/") + 1);
  return { name, rest, grpc, variables, environment, comparison: { kind: "by-type" } };
}

async function restDefinition(
  { rest, restData }: OperationDraft,
  { httpRules, path }: Method,
  message: unknown,
  headers: readonly TemplateField[],
  host: Host,
): Promise<HttpDefinition> {
  const common = { kind: "http", headers, answer: "json-or-nothing" } as const;
  if (rest === null) {
    const bound = bindToHttp(httpRules, message as Record<string, unknown>);
    if (bound !== null) return { ...common, ...bound };
    throw new UsageError(
      httpRules.length === 0
        ? `Cannot tell what REST is asked for ${
          quoted(path)
        }: its schema has no google.api.http. ` +
          "Give the request with --rest 'METHOD PATH'."
        : `Cannot tell what REST is asked for ${quoted(path)}: the message lacks what ` +
          `${quoted(httpRules[0]!.path)} has in its path. Give it with --data.`,
    );
  }
  const takesBody = !WITHOUT_BODY.includes(rest.method);
  if (restData?.own === true && (rest.method === "GET" || rest.method === "HEAD")) {
    throw new UsageError(
      `Cannot use --rest-data with --rest "${rest.method}": expected a method that has a body, such as POST.`,
    );
  }
  const body = restData !== null && (takesBody || restData.own)
    ? await readData(restData, host)
    : null;
  return { ...common, method: rest.method, path: rest.path, body };
}

async function readMessage(data: DataDraft | null, host: Host): Promise<unknown> {
  if (data === null) return {};
  const text = await readData(data, host);
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `Cannot use ${data.flag} as the message of --call: ${reason}. Expected a JSON object; ` +
        'a hole stands within a string, as in {"id": "{{id}}"}.',
    );
  }
  if (typeof message === "object" && message !== null && !Array.isArray(message)) return message;
  throw new UsageError(`Cannot use ${data.flag} as the message of --call: expected a JSON object.`);
}

async function readData({ flag, source }: DataDraft, host: Host): Promise<string> {
  return source.kind === "text" ? source.value : await readText(flag, source.value, host);
}

async function readText(flag: string, path: string, host: Host): Promise<string> {
  try {
    return await host.readFile(path);
  } catch (error) {
    if (error instanceof ProtoduelError) throw error;
    throw new UsageError(
      `Cannot read ${flag} ${quoted(path)}: ${fileFault(error)}. Expected a file; check the path.`,
    );
  }
}

async function readSchema(
  { schema }: OperationDraft,
  call: string,
  metadata: readonly TemplateField[],
  host: Host,
  reflect: Reflect,
): Promise<SchemaSource> {
  switch (schema.kind) {
    case "proto-files":
      return await readProtoFiles(schema.files, schema.includeDirs, async (path) => {
        try {
          return await host.readFile(path);
        } catch (error) {
          if (error instanceof Deno.errors.NotFound) return null;
          if (error instanceof ProtoduelError) throw error;
          throw new UsageError(`Cannot read the schema ${quoted(path)}: ${fileFault(error)}.`);
        }
      });
    case "protoset":
      try {
        return { kind: "descriptor-set", bytes: await host.readBytes(schema.file) };
      } catch (error) {
        if (error instanceof ProtoduelError) throw error;
        throw new UsageError(
          `Cannot read --protoset ${quoted(schema.file)}: ${
            fileFault(error)
          }. Expected what protoc -o writes.`,
        );
      }
    case "reflection":
      return await reflect(serviceOf(call), metadata);
  }
}

function serviceOf(call: string): string {
  const path = call.replace(/^\//, "");
  const at = path.includes("/") ? path.lastIndexOf("/") : path.lastIndexOf(".");
  if (at > 0 && at < path.length - 1) return path.slice(0, at);
  throw new UsageError(`Cannot call ${quoted(call)}: expected "package.Service/Method".`);
}

async function readVariables(
  drafts: readonly VariableDraft[],
  host: Host,
): Promise<Record<string, VariableSource>> {
  const variables: Record<string, VariableSource> = {};
  for (const { name, spec } of drafts) {
    checkVariableName(name);
    variables[name] = spec.startsWith("@")
      ? csvRows(spec.slice(1), await readText("--var", spec.slice(1), host), "random")
      : parseRange(spec) ?? { kind: "choice", values: spec.split(",").map(valueOf) };
  }
  return variables;
}

/** A number or a truth value where it is written as JSON writes it; else text. */
function valueOf(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && String(Number(text)) === text && Number.isFinite(Number(text))
    ? Number(text)
    : text;
}

function fieldOf({ name, value }: HeaderDraft): TemplateField {
  return [name, value];
}

function metadataFieldOf({ flag, name, value }: HeaderDraft): TemplateField {
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.includes("{{");
  if (!name.toLowerCase().endsWith("-bin") || isBase64) return [name.toLowerCase(), value];
  throw new UsageError(
    `Cannot use ${flag} "${name}": expected base64, since its name ends in -bin.`,
  );
}

/** @throws {UsageError} where a secret is asked for in another place than a header, or there is none. */
function readEnvironment(draft: OperationDraft, host: Host): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const { flag, name, value } of [...draft.restHeaders, ...draft.grpcHeaders]) {
    for (const hole of holesIn(`${flag} "${name}"`, value)) {
      if (!hole.startsWith(ENVIRONMENT)) continue;
      const variable = hole.slice(ENVIRONMENT.length);
      secrets[variable] ??= secretNamed(variable, host);
    }
  }
  return secrets;
}

function secretNamed(name: string, host: Host): string {
  const refuse = (expected: string) =>
    new UsageError(`Cannot fill "{{${ENVIRONMENT}${name}}}": expected ${expected}.`);
  if (!ENVIRONMENT_NAME.test(name)) {
    throw refuse("an environment variable whose name begins with PROTODUEL_");
  }
  const value = host.environment(name);
  if (value === undefined) throw refuse("that variable in the environment; it is not set");
  if (/[^\x20-\x7e]/.test(value)) {
    throw refuse("a value of printable ASCII in one line; is there a line break at its end?");
  }
  if (value.length < LEAST_SECRET_LENGTH) {
    throw refuse(
      `at least ${LEAST_SECRET_LENGTH} characters: a shorter value cannot be kept secret`,
    );
  }
  return value;
}

function holesIn(where: string, text: string): string[] {
  try {
    return namesIn(parseTemplate(text));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new UsageError(`Cannot use ${where}: ${error.message}.`);
  }
}

/** For reflection, which has no request of its own: what else is variable in a value stays as it is. */
function withSecrets(value: string, environment: Readonly<Record<string, string>>): string {
  return value.replace(
    /\{\{\s*env\.(\w+)\s*\}\}/g,
    (hole, name: string) => environment[name] ?? hole,
  );
}
