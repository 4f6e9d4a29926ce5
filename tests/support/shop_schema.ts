import { readProtoFiles } from "../../lib/requests/grpc/schema_source.ts";

/** A schema as users have them: imports, options, well-known types. By the names of its files. */
export const SHOP_FILES: Readonly<Record<string, string>> = {
  "protos/shop/v1/shop.proto": `
    syntax = "proto3";
    package shop.v1;
    import "google/api/annotations.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/struct.proto";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";
    import "shop/v1/money.proto";

    enum Status { STATUS_UNSPECIFIED = 0; PAID = 1; OPEN = 2; }
    message Item { string sku = 1; int32 quantity = 2; int64 price_cents = 3; }
    message Order {
      string order_id = 1;
      Status status = 2;
      repeated Item items = 3;
      map<string, string> labels = 4;
      google.protobuf.Timestamp created_at = 5;
      google.protobuf.Struct extra = 6;
      bytes raw = 7;
      oneof payment { string card = 8; int64 voucher = 9; }
      optional int32 opt = 10;
      Money total = 11;
      double weight = 12;
      bool gift = 13;
      uint64 big = 14;
      sint64 delta = 15;
      google.protobuf.Duration ttl = 16;
      google.protobuf.StringValue note = 17;
    }
    message GetOrderRequest { string order_id = 1; }
    service Shop {
      rpc GetOrder(GetOrderRequest) returns (Order) {
        option (google.api.http) = {
          get: "/v1/orders/{order_id}"
          additional_bindings { get: "/v2/{order_id=orders/*}" }
        };
      }
      rpc CreateOrder(Order) returns (Order) {
        option (google.api.http) = { post: "/v1/orders" body: "*" };
      }
      rpc WatchOrder(GetOrderRequest) returns (stream Order);
      rpc Upload(stream Order) returns (GetOrderRequest);
      rpc Talk(stream Order) returns (stream Order);
    }`,
  "protos/shop/v1/money.proto": `
    syntax = "proto3";
    package shop.v1;
    message Money { int64 units = 1; string currency = 2; }`,
};

export function readShopFile(path: string): Promise<string | null> {
  return Promise.resolve(SHOP_FILES[path] ?? null);
}

export const SHOP = await readProtoFiles(["shop/v1/shop.proto"].map((it) => `protos/${it}`), [
  "protos",
], readShopFile);
