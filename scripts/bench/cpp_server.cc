// The reference user service over gRPC's C++ library: a server that is faster than its clients.
// Built by the benchmark where g++, protoc and libgrpc++ are installed.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <string>

#include "user_service.grpc.pb.h"

namespace {

using api::performance::GetUserRequest;
using api::performance::GetUserResponse;
using api::performance::UserService;

class Service final : public UserService::CallbackService {
  grpc::ServerUnaryReactor* GetUser(grpc::CallbackServerContext* context,
                                    const GetUserRequest* request,
                                    GetUserResponse* response) override {
    auto* user = response->mutable_user();
    user->set_id(request->user_id());
    user->set_username("ada.lovelace." + std::to_string(request->user_id()));
    user->set_email(user->username() + "@example.com");
    user->set_full_name("Ada Lovelace");
    user->set_phone("+1-555-04242");
    user->set_city("London");
    user->set_country("GB");
    user->set_active(true);
    user->set_created_at("2020-10-12T17:34:00.000Z");
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: cpp_server HOST:PORT\n";
    return 2;
  }
  Service service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(argv[1], grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
}
