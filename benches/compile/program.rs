//! The programs that are compiled.

use std::fmt::Write as _;

/// What stands above each function.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// A program of so many functions, all of which it calls.
pub(crate) fn of(functions: usize, attribute: &Attribute) -> String {
    let mut text = String::from(
        "use std::future::Future;
         use std::hint::black_box;
         use std::pin::{Pin, pin};
         use std::task::{Context, Waker};

         #[derive(Debug)]
         pub enum Error { Odd(u64), Long(usize) }
         impl std::fmt::Display for Error {
             fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(\"no\") }
         }
         impl std::error::Error for Error {}

         async fn pause() {
             let mut paused = false;
             std::future::poll_fn(|task| {
                 if std::mem::replace(&mut paused, true) { return std::task::Poll::Ready(()); }
                 task.waker().wake_by_ref();
                 std::task::Poll::Pending
             }).await
         }

         fn drive(mut future: Pin<&mut dyn Future<Output = Result<u64, Error>>>) {
             let mut task = Context::from_waker(Waker::noop());
             while future.as_mut().poll(&mut task).is_pending() {}
         }
        ",
    );
    for n in 0..functions / 2 {
        let attribute = attribute.text;
        let _ = write!(
            text,
            "
             {attribute}
             fn sync_{n}(number: u64, text: &str) -> Result<u64, Error> {{
                 if number % 2 == 1 {{ return Err(Error::Odd(number)); }}
                 Ok(number.wrapping_mul({n} + 3) + u64::try_from(text.len()).map_err(|_| Error::Long(text.len()))?)
             }}

             {attribute}
             async fn async_{n}(number: u64, text: &str) -> Result<u64, Error> {{
                 pause().await;
                 let half = sync_{n}(number, text)?;
                 pause().await;
                 Ok(half ^ {n})
             }}
            "
        );
    }
    text.push_str("fn main() {\n");
    for n in 0..functions / 2 {
        let _ = writeln!(text, "    drive(pin!(async_{n}(black_box({n}), black_box(\"text\"))));");
        let _ = writeln!(text, "    let _ = black_box(sync_{n}(black_box({n}), black_box(\"text\")));");
    }
    text.push_str("}\n");
    text
}

/// A chain of so many async functions, each of which awaits the next.
pub(crate) fn chain(length: usize, attribute: &str) -> String {
    let mut text = String::new();
    for n in 0..length {
        let next = if n + 1 < length { format!("chain_{}().await", n + 1) } else { String::new() };
        let _ = writeln!(text, "{attribute}\nasync fn chain_{n}() {{ {next} }}");
    }
    text.push_str(
        "fn main() {
             let mut future = std::pin::pin!(chain_0());
             let mut task = std::task::Context::from_waker(std::task::Waker::noop());
             let _ = std::future::Future::poll(future.as_mut(), &mut task);
         }",
    );
    text
}

/// A program that says how large the futures of three async functions are, each of which holds a
/// kibibyte and awaits the one before.
pub(crate) fn sizes(attribute: &str) -> String {
    let mut text = String::new();
    let bodies = [
        "std::future::ready(()).await; Ok(large[0])",
        "Ok(future_0(large).await?.wrapping_add(large[1]))",
        "Ok(future_1(large).await?.wrapping_add(large[2]))",
    ];
    for (n, body) in bodies.iter().enumerate() {
        let _ = writeln!(
            text,
            "{attribute}\nasync fn future_{n}(large: [u8; 1024]) -> Result<u8, String> {{ {body} }}"
        );
    }
    text.push_str(
        "fn main() {
             println!(\"{} {}\", size_of_val(&future_0([0; 1024])), size_of_val(&future_2([0; 1024])));
         }",
    );
    text
}
