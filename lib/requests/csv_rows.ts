import { CsvError, parse } from "csv-parse/sync";
import { UsageError } from "../errors.ts";
import type { RowPick, VariableSource } from "./variable.ts";

const COLUMN = /^[A-Za-z_]\w*$/;

/**
 * The rows of a CSV (RFC 4180) whose first line names the columns.
 *
 * @param file As typed.
 * @throws {UsageError} naming the file, and the line where there is one.
 */
export function csvRows(file: string, text: string, pick: RowPick): VariableSource {
  const refuse = (where: string, fault: string) =>
    new UsageError(`Cannot take variables from "${where}": ${fault}.`);
  let rows: string[][];
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, relax_column_count: false });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? `${file}:${error["lines"]}` : file;
    throw refuse(line, `${wordsOf(error)}; expected as many values in each row as the first has`);
  }
  const [columns, ...data] = rows;
  if (columns === undefined) throw refuse(file, "it is empty; expected a line of names, then rows");
  for (const [index, column] of columns.entries()) {
    if (!COLUMN.test(column)) {
      throw refuse(
        `${file}:1`,
        `"${column}" is no name of a column; expected letters, digits and _`,
      );
    }
    if (columns.indexOf(column) !== index) {
      throw refuse(`${file}:1`, `"${column}" stands there twice`);
    }
  }
  if (data.length === 0) throw refuse(file, "it has names and no rows; expected a row at least");
  return { kind: "rows", columns, rows: data, pick };
}

/** Without the line, which stands before. */
function wordsOf({ message }: CsvError): string {
  return message.replace(/ (at|on) line \d+.*$/s, "").replace(/:.*$/s, "").toLowerCase();
}
