import { type Escape, escapeFor, type SlotOf } from "./byte_template.ts";
import type { TemplateParts, Value } from "./template.ts";

/** A template whose values are written into text: what libraries take that do not take bytes. */
export class TextTemplate {
  readonly #literals: readonly string[];
  readonly #holes: readonly { readonly slot: number; readonly escape: (text: string) => string }[];

  constructor({ literals, holes }: TemplateParts, escape: Escape, slotOf: SlotOf) {
    this.#literals = literals;
    this.#holes = holes.map((hole) => ({
      slot: slotOf(hole.name),
      escape: escapeFor(escape, hole),
    }));
  }

  /** Whether it is the same for every request. */
  get isFixed(): boolean {
    return this.#holes.length === 0;
  }

  /** @throws {ValueError} where a value cannot stand in its place. */
  fill(values: readonly Value[]): string {
    let text = this.#literals[0]!;
    for (let index = 0; index < this.#holes.length; index++) {
      const { slot, escape } = this.#holes[index]!;
      const value = values[slot]!;
      text += (typeof value === "number" ? String(value) : escape(String(value))) +
        this.#literals[index + 1]!;
    }
    return text;
  }
}
