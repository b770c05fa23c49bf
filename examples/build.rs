//! The client and the server of `shop`'s gRPC service, generated without a `.proto` file and so without its compiler.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let reserve = Method::builder()
        .name("reserve")
        .route_name("Reserve")
        .input_type("crate::stock::Reservation")
        .output_type("crate::stock::Reserved")
        .codec_path("tonic_prost::ProstCodec")
        .build();
    let stock = Service::builder().name("Stock").package("shop").method(reserve).build();
    Builder::new().compile(&[stock]);
}
