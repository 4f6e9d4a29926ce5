import { ExitCode } from "../exit_code.ts";
import { announce } from "../servers/announcement.ts";
import { startNullServers } from "../servers/null/null_servers.ts";
import type { Host } from "./host.ts";

/** Runs the null servers for the process that started this one: they end with standard input, not with Ctrl-C. */
export async function serveNull(host: Host): Promise<ExitCode> {
  const servers = startNullServers();
  await host.writeResult(announce(servers));
  await host.stdinEnd();
  await servers.close();
  return ExitCode.measured;
}
