import { parseTemplate, soleHole } from "../template.ts";
import type { HttpRule } from "./http_rule.ts";

/** An HTTP request whose parts are templates. */
export interface BoundRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** JSON. */
  readonly body: string | null;
}

type JsonObject = { [name: string]: unknown };

/** `{name}` or `{name=pattern}`. */
const VARIABLE = /\{([\w.]+)(?:=([^}]*))?\}/g;

/**
 * The REST request that a method's request message becomes by its first rule that fits: one whose path's
 * variables are all in the message (`google/api/http.proto`, "Rules for HTTP mapping").
 *
 * @param message A ProtoJSON template; it may have holes wherever a value goes.
 * @returns `null` where none fits.
 */
export function bindToHttp(rules: readonly HttpRule[], message: JsonObject): BoundRequest | null {
  for (const rule of rules) {
    const bound = bind(rule, message);
    if (bound !== null) return bound;
  }
  return null;
}

function bind(rule: HttpRule, message: JsonObject): BoundRequest | null {
  const rest = structuredClone(message);
  let fits = true;
  const path = rule.path.replace(VARIABLE, (_, name: string, pattern: string | undefined) => {
    const value = takeField(rest, name);
    const isPlain = typeof value === "string" || typeof value === "number";
    if (!isPlain || value === "") {
      fits = false;
      return "";
    }
    const reserved = pattern !== undefined && /\/|\*\*/.test(pattern);
    const text = String(value);
    if (pattern !== undefined && !matches(pattern, text)) fits = false;
    return urlTemplate(text, reserved);
  });
  if (!fits) return null;
  const { method } = rule;
  if (rule.body === "*") return { method, path, body: JSON.stringify(rest) };
  const body = rule.body === null ? null : JSON.stringify(takeField(rest, rule.body) ?? {});
  const query = queryOf(rest, "");
  return { method, path: query.length === 0 ? path : `${path}?${query.join("&")}`, body };
}

/** A template cannot be matched where its holes are; what stands around them can. */
function matches(pattern: string, value: string): boolean {
  const { literals, holes } = parseTemplate(value);
  if (holes.length === 1 && value.startsWith("{{") && value.endsWith("}}")) return true;
  // A hole stands for one segment, or a part of one.
  const segment = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const expression = pattern.split("/")
    .map((part) => part === "**" ? ".+" : part === "*" ? "[^/]+" : segment(part))
    .join("/");
  return new RegExp(`^${expression}$`).test(literals.join("x"));
}

/** Takes a field out, by a path of names in camel or snake case. */
function takeField(message: JsonObject, path: string): unknown {
  const [name, ...below] = path.split(".");
  const key = Object.keys(message).find((it) => normalized(it) === normalized(name!));
  if (key === undefined) return undefined;
  const value = message[key];
  if (below.length > 0) return isObject(value) ? takeField(value, below.join(".")) : undefined;
  delete message[key];
  return value;
}

/** One `name=value` for each scalar; nested names with dots, repeated ones again and again. */
function queryOf(value: unknown, name: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => queryOf(item, name));
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      queryOf(item, name === "" ? key : `${name}.${key}`)
    );
  }
  if (value === null || value === undefined) return [];
  return [`${encodeURIComponent(name)}=${urlTemplate(String(value), false)}`];
}

/** What is written is encoded here; what holes stand for will be when they are filled. */
function urlTemplate(text: string, reserved: boolean): string {
  const parts = parseTemplate(text);
  const { literals, holes } = parts;
  // A hole that is a part of the value is a part of one segment.
  const sign = reserved && soleHole(parts) !== null ? "+" : "";
  const encode = (literal: string) =>
    reserved ? literal.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(literal);
  return holes.reduce(
    (path, { name }, index) => `${path}{{${sign}${name}}}${encode(literals[index + 1]!)}`,
    encode(literals[0]!),
  );
}

function normalized(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
