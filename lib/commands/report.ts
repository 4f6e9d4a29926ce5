import { UsageError } from "../errors.ts";
import { ExitCode } from "../exit_code.ts";
import type { Formatter } from "../formatters/formatter.ts";
import { parseSavedReport } from "../report/saved_report.ts";
import type { Host } from "./host.ts";

/** Renders a saved result just as the run itself would have. */
export async function renderReport(
  file: string,
  formatter: Formatter,
  host: Host,
): Promise<ExitCode> {
  let text: string;
  try {
    text = await host.readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `Cannot read the file "${file}": ${reason}. Expected a result saved with "protoduel -r N -o json".`,
    );
  }
  await host.writeResult(formatter.format(parseSavedReport(text, file)));
  return ExitCode.measured;
}
