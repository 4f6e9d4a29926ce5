/** How much a part measures: `full` is what the promises are stated for, `short` is for a quick look. */
export type Effort = "full" | "short";

/** One line of the result. */
export interface Row {
  readonly measurement: string;
  readonly promised: string;
  readonly measured: string;
  readonly kept: boolean;
}

/** A part of the calibration, which can be run alone. */
export interface Part {
  readonly name: string;
  measure(effort: Effort): Promise<Row[]>;
}
