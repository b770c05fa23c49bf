//! The source code of the programs that are compiled.

use std::fmt::Write as _;

/// The attribute above each function, which may be none.
pub(crate) struct Annotation {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
}

/// Returns a program with so many functions, which calls all of them.
pub(crate) fn functions(count: usize, annotation: &Annotation) -> String {
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
    for n in 0..count / 2 {
        let annotation = annotation.code;
        let _ = write!(
            text,
            "
             {annotation}
             fn sync_{n}(number: u64, text: &str) -> Result<u64, Error> {{
                 if number % 2 == 1 {{ return Err(Error::Odd(number)); }}
                 Ok(number.wrapping_mul({n} + 3) + u64::try_from(text.len()).map_err(|_| Error::Long(text.len()))?)
             }}

             {annotation}
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
    for n in 0..count / 2 {
        let _ = writeln!(text, "    drive(pin!(async_{n}(black_box({n}), black_box(\"text\"))));");
        let _ = writeln!(text, "    let _ = black_box(sync_{n}(black_box({n}), black_box(\"text\")));");
    }
    text.push_str("}\n");
    text
}

/// Returns a program with a chain of so many async functions, each of which awaits the next.
pub(crate) fn chain(length: usize, annotation: &str) -> String {
    let mut text = String::new();
    for n in 0..length {
        let next = if n + 1 < length { format!("chain_{}().await", n + 1) } else { String::new() };
        let _ = writeln!(text, "{annotation}\nasync fn chain_{n}() {{ {next} }}");
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

/// Returns a program that prints the sizes of the futures of async functions: of one, and of one that is three deep. Each
/// function has an argument of one kibibyte and awaits the one before.
pub(crate) fn sizes(annotation: &str) -> String {
    let mut text = String::new();
    let bodies = [
        "std::future::ready(()).await; Ok(large[0])",
        "Ok(future_0(large).await?.wrapping_add(large[1]))",
        "Ok(future_1(large).await?.wrapping_add(large[2]))",
    ];
    for (n, body) in bodies.iter().enumerate() {
        let _ = writeln!(
            text,
            "{annotation}\nasync fn future_{n}(large: [u8; 1024]) -> Result<u8, String> {{ {body} }}"
        );
    }
    text.push_str(
        "fn main() {
             println!(\"{} {}\", size_of_val(&future_0([0; 1024])), size_of_val(&future_2([0; 1024])));
         }",
    );
    text
}
