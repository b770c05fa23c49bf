//! Stock: a gRPC service, built with tonic. It uses the same server layer as the HTTP services.

use axum::Router;
use spanwise::client::ClientService;
use spanwise::{ClientLayer, instrument};
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

/// The item to put aside.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Reservation {
    #[prost(string, tag = "1")]
    pub(crate) item: String,
}

/// The number of items left.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(crate) struct Reserved {
    #[prost(uint32, tag = "1")]
    pub(crate) left: u32,
}

struct StockService;

#[tonic::async_trait]
impl Stock for StockService {
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
    tonic::service::Routes::new(StockServer::new(StockService)).into_axum_router()
}

/// The generated gRPC client, over a connection that Spanwise traces.
pub(crate) type TracedStockClient = StockClient<ClientService<Channel>>;

/// Returns a client for the stock service at this address.
///
/// The layer records a span for each call and sends its id to the server. A channel does not reveal the server's address,
/// so `server` names it for the span.
pub(crate) fn client(url: &str) -> Result<TracedStockClient, Box<dyn std::error::Error>> {
    let endpoint = Endpoint::from_shared(url.to_owned())?;
    let uri = endpoint.uri().clone();
    let (host, port) = (uri.host().unwrap_or_default().to_owned(), uri.port_u16().unwrap_or(80));
    Ok(StockClient::new(ClientLayer::new().server(host, port).layer(endpoint.connect_lazy())))
}
