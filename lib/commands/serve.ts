import { ReaderGoneError } from "../errors.ts";
import { ExitCode } from "../exit_code.ts";
import { grpcJsServerWarning } from "../runtime_version.ts";
import { announce } from "../servers/announcement.ts";
import {
  type ReferenceServersOptions,
  startReferenceServers,
} from "../servers/reference_servers.ts";
import type { Log } from "../terminal/log.ts";
import type { Host } from "./host.ts";

/** Runs the reference servers until the user stops them, or until standard input ends. */
export async function serve(
  options: ReferenceServersOptions,
  endsWithStdin: boolean,
  host: Host,
  log: Log,
): Promise<ExitCode> {
  const warning = options.grpcServer === "grpc-js" ? grpcJsServerWarning(host.denoVersion) : null;
  if (warning !== null && !endsWithStdin) log.warn(warning);
  const servers = await startReferenceServers(options);
  // Who has started them may not care where they listen.
  await host.writeResult(announce(servers)).catch((error) => {
    if (!(error instanceof ReaderGoneError)) throw error;
  });
  if (endsWithStdin) {
    // Ctrl-C reaches the whole process group: the parent wants these servers until it has finished.
    await host.stdinEnd();
  } else {
    log.note("the reference servers are up; press Ctrl-C to stop them");
    await aborted(host.interrupt);
  }
  await servers.close();
  return ExitCode.measured;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
