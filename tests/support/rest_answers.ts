import { httpAnswer } from "./raw_server.ts";

export const JSON_TYPE = "application/json";
/** Whole answers, and what each counts as. */
export const WHOLE_ANSWERS: readonly (readonly [name: string, answer: string, verdict: string])[] =
  [
    ["200 with JSON", httpAnswer("200 OK", JSON_TYPE, "{}"), "success"],
    ["201 with JSON", httpAnswer("201 Created", JSON_TYPE, "{}"), "success"],
    ["JSON under a wrong content type", httpAnswer("200 OK", "text/html", "{}"), "success"],
    ["HTML", httpAnswer("200 OK", "text/html", "<html>"), "Malformed JSON"],
    ["half a JSON document", httpAnswer("200 OK", JSON_TYPE, '{"id":'), "Malformed JSON"],
    ["an empty body", httpAnswer("200 OK", JSON_TYPE, ""), "Malformed JSON"],
    ["204 without a body", "HTTP/1.1 204 No Content\r\n\r\n", "Malformed JSON"],
    ["404", httpAnswer("404 Not Found", JSON_TYPE, "{}"), "HTTP 404"],
    ["500", httpAnswer("500 Internal Server Error", JSON_TYPE, "{}"), "HTTP 500"],
    ["503", httpAnswer("503 Service Unavailable", "text/plain", "busy"), "HTTP 503"],
  ];
