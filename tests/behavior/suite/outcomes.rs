//! How a span ends: by a return, an error, a panic, or a dropped future.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use spanwise::instrument;
use spanwise_tests::block_on;

use crate::lane::tree;

type Aliased<T> = Result<T, Failure>;

#[derive(Debug)]
struct Failure;

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it failed")
    }
}

/// Implements no trait.
struct Mute;

#[instrument]
fn aliased(fails: bool) -> Aliased<u32> {
    if fails { Err(Failure) } else { Ok(1) }
}

#[instrument]
async fn mute(fails: bool) -> Result<(), Mute> {
    tokio::task::yield_now().await;
    if fails {
        return Err(Mute);
    }
    Ok(())
}

#[test]
fn an_err_is_found_by_type_and_needs_no_bound_on_the_error() {
    let text = tree(|| {
        let _ = aliased(false);
        let _ = aliased(true);
        let _ = block_on(mute(true));
    });
    let module = module_path!();
    assert_eq!(
        text,
        format!(
            "test\n  aliased\n  aliased error.type=\"{module}::Failure\" ✗\n  mute error.type=\"{module}::Mute\" ✗\n"
        )
    );
}

mod pretender {
    /// A type called `Result` that is not `Result`.
    pub(super) struct Result(pub(super) u32);
}

#[instrument(err)]
fn pretends() -> pretender::Result {
    pretender::Result(1)
}

#[test]
fn a_type_that_is_only_called_result_is_no_result() {
    assert_eq!(tree(|| assert_eq!(pretends().0, 1)), "test\n  pretends\n");
}

#[instrument(err)]
fn parses(text: &str) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = text.parse()?;
    Ok(n)
}

#[instrument(err)]
async fn parses_async(fails: bool) -> Aliased<()> {
    aliased(fails)?;
    Ok(())
}

#[instrument(err)]
fn parses_boxed() -> Result<(), Box<dyn std::error::Error>> {
    parses("")?;
    Ok(())
}

#[test]
fn err_records_the_message_and_an_exception() {
    let text = tree(|| {
        let _ = parses("7");
        let _ = parses("x");
        let _ = block_on(parses_async(true));
        let _ = parses_boxed();
    });
    let failure = format!("{}::Failure", module_path!());
    assert_eq!(
        text,
        format!(
            r#"test
  parses
  parses error.type="core::num::error::ParseIntError" ✗ "invalid digit found in string"
    • exception exception.type="core::num::error::ParseIntError" exception.message="invalid digit found in string"
  parses_async error.type="{failure}" ✗ "it failed"
    • exception exception.type="{failure}" exception.message="it failed"
    aliased error.type="{failure}" ✗
  parses_boxed error.type="alloc::boxed::Box<dyn core::error::Error>" ✗ "cannot parse integer from empty string"
    • exception exception.type="alloc::boxed::Box<dyn core::error::Error>" exception.message="cannot parse integer from empty string"
    parses error.type="core::num::error::ParseIntError" ✗ "cannot parse integer from empty string"
      • exception exception.type="core::num::error::ParseIntError" exception.message="cannot parse integer from empty string"
"#
        )
    );
}

#[instrument]
fn panics(n: u32) -> u32 {
    assert!(n == 0, "n is {n}");
    n
}

#[instrument]
async fn panics_async() {
    tokio::task::yield_now().await;
    panics(1);
}

#[test]
fn a_panic_marks_every_span_it_passes_and_goes_on() {
    let text = tree(|| {
        assert!(catch_unwind(|| panics(1)).is_err());
        assert!(catch_unwind(|| block_on(panics_async())).is_err());
        panics(0);
    });
    let exception = "• exception exception.type=\"panic\" exception.message=\"n is 1\"";
    assert_eq!(
        text,
        format!(
            "test\n  panics error.type=\"panic\" ✗ \"n is 1\"\n    {exception}\n  panics_async error.type=\"panic\" ✗ \
             \"n is 1\"\n    {exception}\n    panics error.type=\"panic\" ✗ \"n is 1\"\n      {exception}\n  panics\n"
        )
    );
}

#[test]
fn a_resumed_panic_does_not_get_the_message_of_an_older_one() {
    #[instrument]
    fn carries() {
        std::panic::resume_unwind(Box::new("passed the hook on another thread"));
    }

    #[instrument]
    async fn carries_async() {
        carries();
    }

    assert!(catch_unwind(|| panics(3)).is_err());
    let text = tree(|| {
        assert!(catch_unwind(carries).is_err());
        assert!(catch_unwind(|| block_on(carries_async())).is_err());
    });
    assert_eq!(text.matches("✗ \"panicked\"\n").count(), 3, "{text}");
    assert!(!text.contains("n is 3"), "{text}");
}

/// Runs annotated functions while the thread unwinds.
struct CleansUp;

impl Drop for CleansUp {
    fn drop(&mut self) {
        clean_up();
        clean_up_in_place();
        let _span = spanwise::span!("by hand");
    }
}

#[instrument]
fn clean_up() {}

#[instrument]
#[track_caller]
fn clean_up_in_place() {}

#[test]
fn a_span_that_starts_while_the_thread_unwinds_is_not_marked_as_panicked() {
    let text = tree(|| {
        let unwound = catch_unwind(|| {
            let _cleans_up = CleansUp;
            std::panic::panic_any(());
        });
        assert!(unwound.is_err());
    });
    assert_eq!(text, "test\n  clean_up\n  clean_up_in_place\n  by hand\n");
}

#[test]
fn a_panic_that_is_caught_during_unwinding_belongs_to_the_inner_function() {
    struct Catches;

    impl Drop for Catches {
        fn drop(&mut self) {
            let _ = catch_unwind(|| panics(2));
        }
    }

    let text = tree(|| {
        let _ = catch_unwind(|| {
            let _catches = Catches;
            std::panic::panic_any(());
        });
    });
    assert!(text.starts_with("test\n  panics error.type=\"panic\" ✗ \"n is 2\"\n"), "{text}");
}

#[instrument]
async fn waits_for_ever() {
    struct Notes;

    impl Drop for Notes {
        fn drop(&mut self) {
            clean_up();
        }
    }

    let _notes = Notes;
    std::future::pending::<()>().await;
}

#[test]
fn a_future_dropped_before_its_end_is_canceled_and_no_error() {
    let text = tree(|| {
        block_on(async {
            let mut waiting = Box::pin(waits_for_ever());
            let poll =
                std::future::poll_fn(|task| std::task::Poll::Ready(Future::poll(waiting.as_mut(), task)))
                    .await;
            assert!(poll.is_pending());
            drop(waiting);
            // It is never polled, so its span never starts.
            drop(waits_for_ever());
        });
    });
    // Code that runs while the future is dropped runs under its span.
    assert_eq!(text, "test\n  waits_for_ever spanwise.cancelled=true\n    clean_up\n");
}

#[test]
fn a_future_that_panics_while_it_is_dropped_still_ends_its_span() {
    #[instrument]
    async fn holds() {
        struct Bomb;

        impl Drop for Bomb {
            fn drop(&mut self) {
                std::panic::panic_any(());
            }
        }

        let _bomb = Bomb;
        std::future::pending::<()>().await;
    }

    let text = tree(|| {
        let mut holding = Box::pin(holds());
        block_on(async {
            let _ = std::future::poll_fn(|task| std::task::Poll::Ready(Future::poll(holding.as_mut(), task)))
                .await;
        });
        assert!(catch_unwind(AssertUnwindSafe(move || drop(holding))).is_err());
    });
    assert_eq!(text, "test\n  holds spanwise.cancelled=true\n");
}

/// A span ends explicitly, not when the last clone of its context is dropped.
#[test]
fn a_span_ends_with_its_function_even_if_its_context_is_still_held() {
    let kept = Arc::new(Mutex::new(None));
    let keeps = Arc::clone(&kept);

    #[instrument]
    fn leaks(into: &Mutex<Option<opentelemetry::Context>>) {
        *into.lock().expect("not poisoned") = Some(opentelemetry::Context::current());
    }

    let text = tree(|| leaks(&keeps));
    assert!(kept.lock().expect("not poisoned").is_some());
    assert_eq!(text, "test\n  leaks\n");
}

/// However the function runs, `err(if = …)` is called under its span: each `asked` event is on the span of its function.
#[test]
fn errors_are_inspected_under_the_span() {
    fn asked(_: &Failure) -> bool {
        spanwise::event("asked", spanwise::attributes! {});
        true
    }

    /// Its `Display` is called there, too.
    struct Asks;

    impl std::fmt::Display for Asks {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            clean_up();
            f.write_str("text")
        }
    }

    #[instrument(err(if = asked))]
    fn sync() -> Aliased<()> {
        Err(Failure)
    }

    #[instrument(err(if = asked))]
    async fn at_once() -> Aliased<()> {
        Err(Failure)
    }

    #[instrument(err(if = asked))]
    async fn later() -> Aliased<()> {
        tokio::task::yield_now().await;
        Err(Failure)
    }

    #[instrument(err)]
    async fn fails_later() -> Result<(), Asks> {
        tokio::task::yield_now().await;
        Err(Asks)
    }

    let text = tree(|| {
        let _ = sync();
        let _ = block_on(at_once());
        let _ = block_on(later());
        let _ = block_on(fails_later());
    });
    let shown: Vec<&str> = text
        .lines()
        .filter(|line| !line.contains("• exception"))
        .map(|line| line.split(" error").next().unwrap_or(line))
        .collect();
    assert_eq!(
        shown,
        [
            "test",
            "  sync",
            "    • asked",
            "  at_once",
            "    • asked",
            "  later",
            "    • asked",
            "  fails_later",
            "    clean_up"
        ]
    );
}

#[test]
fn a_panic_while_an_error_is_inspected_ends_the_span() {
    fn panics_when_asked(_: &Failure) -> bool {
        std::panic::panic_any("asked".to_owned())
    }

    #[instrument(err(if = panics_when_asked))]
    fn sync() -> Aliased<()> {
        Err(Failure)
    }

    #[instrument(err(if = panics_when_asked))]
    async fn later() -> Aliased<()> {
        tokio::task::yield_now().await;
        Err(Failure)
    }

    let text = tree(|| {
        assert!(catch_unwind(sync).is_err());
        assert!(catch_unwind(|| block_on(later())).is_err());
    });
    assert_eq!(text.matches("error.type=\"panic\" ✗ \"asked\"\n").count(), 2, "{text}");
}

/// `ToString` would panic, because this `Display` fails.
#[test]
fn a_display_that_fails_does_not_panic() {
    struct Fails;

    impl std::fmt::Display for Fails {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("so far")?;
            Err(std::fmt::Error)
        }
    }

    #[instrument(err, fields(shown = %of))]
    fn fails(of: Fails) -> Result<(), Fails> {
        Err(of)
    }

    let text = tree(|| assert!(fails(Fails).is_err()));
    assert!(text.contains("shown=\"so far\"") && text.contains("✗ \"so far\""), "{text}");
}

#[test]
fn err_takes_any_type_and_records_what_it_offers() {
    #[derive(Debug)]
    struct OnlyDebug;

    #[instrument(err, ret)]
    fn only_debug() -> Result<Mute, OnlyDebug> {
        Err(OnlyDebug)
    }

    #[instrument(err, ret)]
    fn no_text() -> Result<Mute, Mute> {
        Err(Mute)
    }

    #[instrument(err(level = warn), ret)]
    fn generic<T, E>(given: Result<T, E>) -> Result<T, E> {
        given
    }

    #[instrument(err)]
    fn thread_safe() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err(Box::new(std::io::Error::other(Box::<dyn std::error::Error + Send + Sync>::from("cause"))))
    }

    let text = tree(|| {
        assert!(only_debug().is_err());
        assert!(no_text().is_err());
        assert!(generic::<u8, Mute>(Err(Mute)).is_err());
        assert!(generic::<Mute, u8>(Ok(Mute)).is_ok());
        assert!(thread_safe().is_err());
    });
    let (module, here) = (module_path!(), "err_takes_any_type_and_records_what_it_offers");
    let boxed = "alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>";
    assert_eq!(
        text,
        format!(
            r#"test
  only_debug error.type="{module}::{here}::OnlyDebug" ✗ "OnlyDebug"
    • exception exception.type="{module}::{here}::OnlyDebug" exception.message="OnlyDebug"
  no_text error.type="{module}::Mute" ✗
    • exception exception.type="{module}::Mute"
  generic
    • exception exception.type="{module}::Mute" spanwise.level="WARN"
  generic
  thread_safe error.type="{boxed}" ✗ "cause"
    • exception exception.type="{boxed}" exception.message="cause"
"#
        )
    );
}

#[test]
fn a_completed_future_that_is_polled_again_panics_as_a_plain_one_does() {
    let mut done = Box::pin(mute(false));
    let text = tree(|| {
        block_on(async { assert!(done.as_mut().await.is_ok()) });
        let again = catch_unwind(AssertUnwindSafe(|| block_on(done.as_mut())));
        let message = again.err().and_then(|panic| panic.downcast::<&str>().ok());
        assert_eq!(message.as_deref(), Some(&"`async fn` resumed after completion"));
    });
    assert_eq!(text, "test\n  mute\n");
}
