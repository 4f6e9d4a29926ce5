import config from "../deno.json" with { type: "json" };

export const TOOL_VERSION: string = config.version;
