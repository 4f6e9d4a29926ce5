import { ProtoduelError, UsageError } from "../errors.ts";
import { ExitCode } from "../exit_code.ts";
import type { Formatter } from "../formatters/formatter.ts";
import { parseSavedReport } from "../report/saved_report.ts";
import { quoted } from "../terminal/quoted.ts";
import { fileFault } from "./file_fault.ts";
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
    if (error instanceof ProtoduelError) throw error;
    throw new UsageError(
      `Cannot read the file ${quoted(file)}: ${fileFault(error)}. ` +
        'Expected a result saved with "protoduel -r N -o json".',
    );
  }
  await host.writeResult(formatter.format(parseSavedReport(text, file)));
  return ExitCode.measured;
}
