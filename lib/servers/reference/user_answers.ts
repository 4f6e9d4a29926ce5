import { GetUserRequest, GetUserResponse } from "../../requests/built_in/user_service.ts";
import { userById } from "../users.ts";
import type { HttpAnswer } from "./http1/answer_writer.ts";
import type { HttpRequest } from "./http1/connection.ts";
import { type CallAnswer, NOT_OFFERED, type UnaryRequest } from "./http2/unary_request.ts";

/** RFC 9112 section 3.2.2: what is meant for a proxy is understood as well. */
const USER_PATH = /^(?:http:\/\/[^/?#]+)?\/api\/users\/([^/?]*)(?:\?.*)?$/;
const GET_USER = "/api.performance.UserService/GetUser";
const NO_ID = "a user id is an integer from 1";
const NO_USER = "no such user";

/** `GET /api/users/{id}`: 200 with the user, 404 where there is none, 400 for what is no id. */
export function answerOverRest({ method, target }: HttpRequest): HttpAnswer {
  const id = USER_PATH.exec(target)?.[1];
  if (id === undefined) return problem(404, "no such path");
  if (method !== "GET" && method !== "HEAD") {
    return { ...problem(405, "only GET is offered"), allow: "GET, HEAD" };
  }
  if (!/^-?\d+$/.test(id) || Number(id) < 1) return problem(400, NO_ID);
  const user = userById(Number(id));
  return user === null ? problem(404, NO_USER) : { status: 200, body: JSON.stringify(user) };
}

export function isOfferedOverGrpc(path: string): boolean {
  return path === GET_USER;
}

/** `api.performance.UserService/GetUser`: OK, NOT_FOUND or INVALID_ARGUMENT. */
export function answerOverGrpc({ path, message }: UnaryRequest): CallAnswer {
  if (!isOfferedOverGrpc(path)) return NOT_OFFERED;
  let userId: number;
  try {
    ({ userId } = GetUserRequest.decode(message) as unknown as { readonly userId: number });
  } catch {
    return { status: "INTERNAL", details: "the request does not decode" };
  }
  if (userId < 1) return { status: "INVALID_ARGUMENT", details: NO_ID };
  const user = userById(userId);
  return user === null
    ? { status: "NOT_FOUND", details: NO_USER }
    : { status: "OK", message: GetUserResponse.encode({ user }).finish() };
}

function problem(status: number, error: string): HttpAnswer {
  return { status, body: JSON.stringify({ error }) };
}
