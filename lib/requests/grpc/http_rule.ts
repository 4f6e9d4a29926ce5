import protobuf from "protobufjs";
import http from "protobufjs/google/api/http.json" with { type: "json" };
import descriptor from "protobufjs/google/protobuf/descriptor.json" with { type: "json" };
import { isRecord } from "../record.ts";

/** How a method is offered over REST: one `google.api.HttpRule`, its additional bindings apart. */
export interface HttpRule {
  readonly method: string;
  /** A path template as in `/v1/{name=shops/*}/orders/{id}`. */
  readonly path: string;
  /** The request field that is the body; `*` is what the path does not take, `null` no body. */
  readonly body: string | null;
  /** The response field that is the answer's body; `null` is the whole response. */
  readonly responseBody: string | null;
}

const OPTION = "(google.api.http)";
/** The field number of the extension `google.api.http` of `google.protobuf.MethodOptions`. */
const EXTENSION_NUMBER = 72295728;
const EXTENSION = ".google.api.http";
const VERBS = ["get", "put", "post", "delete", "patch"] as const;

/** From a .proto file, as protobufjs keeps a method's options: field names in snake case. */
export function httpRulesOfMethod(options: readonly Record<string, unknown>[]): HttpRule[] {
  return options.flatMap((option) => rulesOf(option[OPTION]));
}

/** From a FileDescriptorSet, by the path of the method; protobufjs drops them in `fromDescriptor`. */
export function httpRulesOfSet(bytes: Uint8Array): ReadonlyMap<string, readonly HttpRule[]> {
  const set = DescriptorSet.toObject(DescriptorSet.decode(bytes)) as DescriptorSetObject;
  const rules = new Map<string, readonly HttpRule[]>();
  for (const file of set.file ?? []) {
    const prefix = file.package === undefined || file.package === "" ? "" : `${file.package}.`;
    for (const service of file.service ?? []) {
      for (const { name, options } of service.method ?? []) {
        rules.set(`/${prefix}${service.name}/${name}`, rulesOf(options?.[`.${EXTENSION}`]));
      }
    }
  }
  return rules;
}

/** Field names in snake or in camel case. */
function rulesOf(rule: unknown): HttpRule[] {
  if (!isRecord(rule)) return [];
  const body = textOf(rule.body);
  const responseBody = textOf(rule.response_body ?? rule.responseBody);
  const { custom } = rule;
  const own = [
    ...VERBS.map((verb) => [verb.toUpperCase(), textOf(rule[verb])] as const),
    ...(isRecord(custom) ? [[textOf(custom.kind) ?? "", textOf(custom.path)] as const] : []),
  ].flatMap(([method, path]) => path === null ? [] : [{ method, path, body, responseBody }]);
  const more = rule.additional_bindings ?? rule.additionalBindings ?? [];
  return [...own, ...[more].flat().flatMap(rulesOf)];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

interface DescriptorSetObject {
  readonly file?: readonly {
    readonly package?: string;
    readonly service?: readonly {
      readonly name: string;
      readonly method?: readonly {
        readonly name: string;
        readonly options?: Readonly<Record<string, unknown>>;
      }[];
    }[];
  }[];
}

const DescriptorSet = descriptorSetType();

/** A root of its own, so that the extension changes nobody else's options. */
function descriptorSetType(): protobuf.Type {
  const root = new protobuf.Root();
  for (const { nested } of [descriptor, http]) root.addJSON(nested);
  root.add(
    new protobuf.Field(
      EXTENSION,
      EXTENSION_NUMBER,
      ".google.api.HttpRule",
      undefined,
      ".google.protobuf.MethodOptions",
    ),
  );
  root.resolveAll();
  return root.lookupType("google.protobuf.FileDescriptorSet");
}
