//! Generates the gRPC client and server for the shop's stock service.
//!
//! The service is described here in Rust, so the build needs neither a `.proto` file nor `protoc`.

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
