import { InvalidValueError } from "../terminal/invalid_value.ts";
import type { Target } from "./target.ts";

/** A base URL; the operation's path is appended to it. */
export function parseRestUrl(text: string): Target {
  const url = parseUrl(text, text, "an http or https URL, for example http://localhost:8080");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new InvalidValueError(text, "an http or https URL, for example http://localhost:8080");
  }
  if (url.search !== "" || url.hash !== "") {
    throw new InvalidValueError(
      text,
      "a base URL without ? and #, for example http://localhost:8080",
    );
  }
  const basePath = url.pathname.replace(/\/+$/, "");
  return targetFrom(url, basePath, `${url.origin}${basePath}`);
}

/** `host:port`; `https://host:port` asks for TLS. */
export function parseGrpcAddress(text: string): Target {
  const expected = "host:port, for example localhost:9090, or https://host:port for TLS";
  const href = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = parseUrl(text, href, expected);
  const bare = url.pathname === "/" && url.search === "" && url.hash === "";
  // URL drops a scheme's default port, so that the port must be looked for in the text itself.
  const port = /:(\d+)\/?$/.exec(text)?.[1];
  const known = url.protocol === "http:" || url.protocol === "https:";
  if (!bare || !known || port === undefined || Number(port) === 0) {
    throw new InvalidValueError(text, expected);
  }
  const tls = url.protocol === "https:";
  const authority = `${url.hostname}:${Number(port)}`;
  return {
    ...targetFrom(url, "", tls ? `https://${authority}` : authority),
    port: Number(port),
  };
}

/** @param text As the user wrote it, for messages; `href` is the same with a scheme. */
function parseUrl(text: string, href: string, expected: string): URL {
  if (!URL.canParse(href) || /[\s\\]/.test(href)) {
    throw new InvalidValueError(text, expected);
  }
  const url = new URL(href);
  // A password with a "/" in it passes for a port and a path, so that no address may have an @ anywhere.
  if (text.includes("@")) {
    throw new InvalidValueError(
      text,
      "an address without a user name or password: they would end up in reports",
    );
  }
  if (url.hostname === "" || url.port === "0") throw new InvalidValueError(text, expected);
  return url;
}

function targetFrom(url: URL, basePath: string, display: string): Target {
  const tls = url.protocol === "https:";
  return {
    display,
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    tls,
    basePath,
  };
}
