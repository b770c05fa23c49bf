//! Stock: a gRPC service, by tonic, on the same layers as the others.

use axum::Router;
use spanwise::{ClientLayer, ClientService, instrument};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response, Status};
use tower::Layer as _;

use generated::stock_client::StockClient;
use generated::stock_server::{Stock, StockServer};

#[allow(
    missing_docs,
    unused_qualifications,
    unreachable_pub,
    missing_debug_implementations,
    clippy::all,
    reason = "generated"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/shop.Stock.rs"));
}

/// What is to be put aside.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Reservation {
    #[prost(string, tag = "1")]
    pub(crate) item: String,
}

/// How many are left.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct Reserved {
    #[prost(uint32, tag = "1")]
    pub(crate) left: u32,
}

struct Shelves;

#[tonic::async_trait]
impl Stock for Shelves {
    async fn reserve(&self, request: Request<Reservation>) -> Result<Response<Reserved>, Status> {
        let left = put_aside(&request.into_inner().item);
        Ok(Response::new(Reserved { left }))
    }
}

#[instrument(name = "put aside", fields(shop.item = item))]
fn put_aside(item: &str) -> u32 {
    let left = 7;
    tracing::info!("one {item} put aside, {left} left");
    left
}

pub(crate) fn app() -> Router {
    tonic::service::Routes::new(StockServer::new(Shelves)).into_axum_router()
}

/// How the others reach it.
pub(crate) type Client = StockClient<ClientService<Channel>>;

/// A client that is traced. A channel does not tell where it leads, and so the layer is told.
pub(crate) fn client(url: &str) -> Result<Client, Box<dyn std::error::Error>> {
    let endpoint = Endpoint::from_shared(url.to_owned())?;
    let uri = endpoint.uri().clone();
    let (host, port) = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80));
    Ok(StockClient::new(ClientLayer::new().server(host, port).layer(endpoint.connect_lazy())))
}
