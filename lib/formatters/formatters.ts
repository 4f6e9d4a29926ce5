import { consoleFormatter } from "./console.ts";
import { csvFormatter } from "./csv.ts";
import type { Formatter } from "./formatter.ts";
import { jsonFormatter } from "./json.ts";

/** Every output format; a new one is a file beside these and a line here. */
export const FORMATTERS: readonly Formatter[] = [consoleFormatter, jsonFormatter, csvFormatter];

export const DEFAULT_FORMATTER: Formatter = consoleFormatter;
