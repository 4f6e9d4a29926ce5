"""A gRPC server that shares no code with protoduel: grpcio, and protobuf written by hand.

Prints its port, and serves until its standard input ends.
"""

import sys
from concurrent import futures

import grpc


def varint(value):
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def read_varint(data):
    value = 0
    for position, byte in enumerate(data):
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value
    raise ValueError("a varint without an end")


def text_field(number, text):
    data = text.encode()
    return varint(number << 3 | 2) + varint(len(data)) + data


def get_user(request, context):
    if request[:1] != b"\x08":
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no user_id")
    user_id = read_varint(request[1:])
    user = b"\x08" + varint(user_id) + text_field(2, f"user.{user_id}") + text_field(6, "Oslo")
    return b"\x0a" + varint(len(user)) + user


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
handler = grpc.unary_unary_rpc_method_handler(get_user)
service = grpc.method_handlers_generic_handler("api.performance.UserService", {"GetUser": handler})
server.add_generic_rpc_handlers((service,))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
server.stop(None)
