//! The reference user service over tonic, on one thread: of the gRPC servers that were tried, the one that
//! serves most on a core. Built by the benchmark where cargo and protoc are installed.
use tonic::{transport::Server, Request, Response, Status};

mod api {
    tonic::include_proto!("api.performance");
}

use api::user_service_server::{UserService, UserServiceServer};
use api::{GetUserRequest, GetUserResponse, User};

struct Users;

#[tonic::async_trait]
impl UserService for Users {
    async fn get_user(
        &self,
        request: Request<GetUserRequest>,
    ) -> Result<Response<GetUserResponse>, Status> {
        let id = request.into_inner().user_id;
        let username = format!("ada.lovelace.{id}");
        let user = User {
            id,
            email: format!("{username}@example.com"),
            username,
            full_name: "Ada Lovelace".into(),
            phone: "+1-555-04242".into(),
            city: "London".into(),
            country: "GB".into(),
            active: true,
            created_at: "2020-10-12T17:34:00.000Z".into(),
        };
        Ok(Response::new(GetUserResponse { user: Some(user) }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).ok_or("usage: tonic_server HOST:PORT")?.parse()?;
    Server::builder().add_service(UserServiceServer::new(Users)).serve(address).await?;
    Ok(())
}
