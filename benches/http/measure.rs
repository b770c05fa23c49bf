//! Measures one contender in this process.

use spanwise_benches::process;
use tokio::runtime::Runtime;

/// Makes requests one after the other, and prints the CPU time of the whole process per request, in nanoseconds. A tenth
/// as many requests come first, as a warm-up.
pub(crate) fn print_cpu_time(runtime: &Runtime, requests: u64, mut request: impl AsyncFnMut()) {
    let spent = runtime.block_on(async {
        for _ in 0..requests / 10 {
            request().await;
        }
        let before = process::cpu_time();
        for _ in 0..requests {
            request().await;
        }
        process::cpu_time() - before
    });
    println!("{}", spent.as_nanos() / u128::from(requests));
}
