//! Test support: [`Capture`] captures spans without changing the process's globals, [`Tree`] shows spans as text for assertions, and
//! [`Collector`] is an embedded OTLP/gRPC collector.
//!
//! ```
//! #[spanwise::instrument(fields(order.id = id))]
//! fn load(id: u64) {
//!     check();
//! }
//!
//! #[spanwise::instrument]
//! fn check() {}
//!
//! let capture = spanwise::testing::Capture::new();
//! capture.run(|| load(7));
//! assert_eq!(capture.tree().to_string(), "load order.id=7\n  check\n");
//! ```

mod capture;
mod collector;
mod decode;
mod received_span;
mod tree;

pub use capture::Capture;
pub use collector::Collector;
pub use received_span::{ReceivedSpan, waterfall};
pub use tree::Tree;

pub use crate::engine::queue::record::SpanRecord;
