import { ByteBuffer, ByteTemplate } from "./byte_template.ts";
import type { HttpDefinition } from "./definition.ts";
import { bodyEscape, type FixedField, httpFields, HttpRequest } from "./http_request.ts";
import { parseTemplate, type Value } from "./template.ts";
import { TextTemplate } from "./text_template.ts";
import { type ValueSource, valueTable } from "./value_source.ts";
import type { ValueTable } from "./value_table.ts";
import { WireMessages } from "./wire_messages.ts";

/** One request as a library takes it. */
export interface HttpMessage {
  /** The path and the query, under the base URL. */
  readonly path: string;
  readonly fields: [name: string, value: string][];
  /** Nobody else's. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** A definition of an HTTP request, made into functions of a request's number. */
export class CompiledHttp {
  readonly definition: HttpDefinition;
  readonly #table: ValueTable;
  readonly #path: TextTemplate;

  constructor(source: ValueSource) {
    this.definition = source.operation.rest;
    this.#table = valueTable(source, "http");
    this.#path = new TextTemplate(parseTemplate(this.definition.path), "url", this.#slotOf);
  }

  /** The path and the query of one request. */
  pathOf(request: number): string {
    return this.#path.fill(this.#table.valuesOf(request));
  }

  /** @param fixed What a client says by itself; no `Host` where the library says it. */
  messages(fixed: readonly FixedField[]): (request: number) => HttpMessage {
    const { headers, body } = this.definition;
    const fields = httpFields(fixed, headers, body !== null, this.#table.constantOf).map((
      [name, value],
    ) => [name, new TextTemplate(value, "header", this.#slotOf)] as const);
    const write = body === null ? null : this.#bodyWriter(body);
    const fill = (values: readonly Value[]) =>
      fields.map(([name, value]): [string, string] => [name, value.fill(values)]);
    const fixedFields = fields.every(([, value]) => value.isFixed) ? fill([]) : null;
    return (request) => {
      const values = this.#table.valuesOf(request);
      return {
        path: this.#path.fill(values),
        fields: fixedFields ?? fill(values),
        body: write === null ? null : write(values),
      };
    };
  }

  /**
   * One request after the other as bytes of HTTP/1.1, for one connection.
   *
   * @param fixed What a client says by itself.
   * @returns A maker of writers; what a writer gives is good until it is called again.
   */
  wireMessages(basePath: string, fixed: readonly FixedField[]): () => WireMessages {
    const table = this.#table;
    const message = new HttpRequest(
      this.definition,
      basePath,
      fixed,
      this.#slotOf,
      table.constantOf,
    );
    return () => new WireMessages(message, table);
  }

  #bodyWriter(body: string): (values: readonly Value[]) => Uint8Array<ArrayBuffer> {
    const escape = bodyEscape(this.definition.headers);
    const template = new ByteTemplate(parseTemplate(body), escape, this.#slotOf);
    const buffer = new ByteBuffer();
    return (values) => buffer.upTo(template.writeTo(buffer, 0, values)).slice();
  }

  readonly #slotOf = (name: string): number => this.#table.slotOf(name);
}
