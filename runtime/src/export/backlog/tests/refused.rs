//! What becomes of batches that a collector does not accept although it accepts others.

use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// What a collector says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accepted,
    Refused,
    TooLarge,
    None,
}

/// Sends batches until nothing is left, or for `time`. Returns the names that arrived, in order, and the number of requests.
async fn deliver(
    backlog: &mut Backlog,
    time: Duration,
    mut collector: impl FnMut(&[String]) -> Answer,
) -> (Vec<String>, usize) {
    let (mut arrived, mut requests) = (Vec::new(), 0);
    let end = Instant::now() + time;
    while let Some(at) = backlog.next_send_at().filter(|at| *at <= end) {
        tokio::time::sleep_until(at).await;
        let Some(request) = backlog.send() else { panic!("nothing to send at {at:?}") };
        requests += 1;
        let names = names_in(&request);
        let is_over = match collector(&names) {
            Answer::Accepted => {
                backlog.delivered(0);
                arrived.extend(names);
                false
            }
            Answer::Refused => backlog.refused() == Refused::All,
            Answer::TooLarge => {
                backlog.too_large();
                false
            }
            Answer::None => {
                backlog.failed();
                true
            }
        };
        if is_over {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    (arrived, requests)
}

const LONG: Duration = Duration::from_secs(600);

fn refuses(what: &str) -> impl FnMut(&[String]) -> Answer {
    move |names| match names.iter().any(|name| name == what) {
        true => Answer::Refused,
        false => Answer::Accepted,
    }
}

#[tokio::test(start_paused = true)]
async fn a_span_that_is_always_refused_is_found_and_dropped_and_all_others_arrive() {
    let (mut backlog, ledger) = backlog(10_000);
    backlog.keep(batch_of(&["a", "b", "poison", "c", "d"]));
    for names in [["e", "f"], ["g", "h"], ["i", "j"], ["k", "l"], ["m", "n"]] {
        backlog.keep(batch_of(&names));
    }
    let (mut arrived, mut requests) = (Vec::new(), 0);
    for later in ["o", "p", "q", "r", "s", "t"] {
        assert_eq!(ledger.total_lost(), 0, "five minutes are not over");
        let (more, needed) = deliver(&mut backlog, Duration::from_secs(60), refuses("poison")).await;
        arrived.extend(more);
        requests += needed;
        backlog.keep(batch_of(&[later]));
    }
    deliver(&mut backlog, Duration::from_secs(60), refuses("poison")).await;
    arrived.sort_unstable();
    assert_eq!(arrived.concat(), "abcdefghijklmnopqrs");
    let report = ledger.report(QueueCounts::default);
    assert_eq!((report.exported, report.dropped.refused, report.dropped.total()), (20, 1, 1));
    assert!(requests < 40, "{requests}");
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_a_refused_batch_waits_for_three_requests() {
    let (mut backlog, _) = backlog(10_000);
    for names in [["poison", "a"], ["b", "c"], ["d", "e"]] {
        backlog.keep(batch_of(&names));
    }
    let mut seen = Vec::new();
    let mut collector = refuses("poison");
    deliver(&mut backlog, Duration::from_secs(3), |names| {
        seen.push(names[0].clone());
        collector(names)
    })
    .await;
    // Two are in question at first: every second time it is the newest that tells.
    assert_eq!(seen[..4], ["poison", "poison", "poison", "d"]);
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_refuses_all_loses_nothing_and_keeps_the_order() {
    for answer in [Answer::Refused, Answer::None] {
        let (mut backlog, ledger) = backlog(10_000);
        for names in [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]] {
            backlog.keep(batch_of(&names));
        }
        let (arrived, requests) = deliver(&mut backlog, LONG, |_| answer).await;
        assert!(arrived.is_empty() && requests > 300, "{requests}");
        assert_eq!(ledger.report(QueueCounts::default).kept, 8);
        // A second apart, except for one more after three: the question.
        assert!(requests <= 600 * 4 / 3 + 1, "{requests}");
        let (arrived, _) = deliver(&mut backlog, LONG, |_| Answer::Accepted).await;
        assert_eq!(arrived.concat(), "abcdefgh", "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_comes_and_goes_loses_nothing() {
    let (mut backlog, ledger) = backlog(100_000);
    let letters: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    for pair in letters.chunks(2) {
        backlog.keep(batch_of(&[&pair[0], &pair[1]]));
    }
    // It refuses 70 of 100 requests, whatever is in them.
    let mut random = fastrand::Rng::with_seed(15);
    let refuses = |_: &[String]| match random.u8(0..100) {
        0..70 => Answer::Refused,
        70..75 => Answer::None,
        _ => Answer::Accepted,
    };
    let (mut arrived, _) = deliver(&mut backlog, LONG, refuses).await;
    arrived.sort_unstable_by_key(|name| name.parse::<u32>().expect("a number"));
    assert_eq!((arrived.len(), ledger.total_lost()), (100, 0));
}

/// One of two gateways behind a load balancer is away for two minutes or more, and with it the place for some traces.
#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_away_for_minutes_loses_nothing_and_holds_up_nothing() {
    let (mut backlog, ledger) = backlog(1_000_000);
    let away = |names: &[String]| match names.iter().any(|name| name.starts_with("away")) {
        true => Answer::Refused,
        false => Answer::Accepted,
    };
    let (mut arrived, start) = (Vec::new(), Instant::now());
    for _ in 0..120 {
        backlog.keep(batch_of(&["away", "there"]));
        backlog.keep(batch_of(&["there"]));
        backlog.keep(batch_of(&["away"]));
        arrived.extend(deliver(&mut backlog, Duration::from_secs(1), away).await.0);
    }
    assert!(arrived.len() > 115, "those for the other gateway: {}", arrived.len());
    arrived.extend(deliver(&mut backlog, Duration::from_secs(60), |_| Answer::Accepted).await.0);
    assert!(start.elapsed() < Duration::from_secs(300), "{:?}", start.elapsed());
    assert_eq!(arrived.len(), 120 * 4, "{:?}", ledger.report(QueueCounts::default));
    assert_eq!(ledger.total_lost(), 0);
}

#[tokio::test(start_paused = true)]
async fn many_refused_batches_are_bounded_in_number_and_bytes() {
    let (mut backlog, ledger) = backlog(20_000);
    for _ in 0..300 {
        backlog.keep(batch_of(&["poison", "a"]));
        let waiting: Vec<_> = (0..2).map(|_| "fine").collect();
        backlog.keep(batch_of(&waiting));
        deliver(&mut backlog, Duration::from_millis(1), refuses("poison")).await;
        let report = ledger.report(QueueCounts::default);
        // Half of the memory for suspects, and what is not decided yet.
        assert!(report.kept < 400, "{report:?}");
    }
    let mut later = 0;
    while later < 100 && ledger.report(QueueCounts::default).kept > 0 {
        deliver(&mut backlog, Duration::from_secs(60), refuses("poison")).await;
        backlog.keep(batch_of(&["later"]));
        later += 1;
    }
    deliver(&mut backlog, Duration::ZERO, refuses("poison")).await;
    let report = ledger.report(QueueCounts::default);
    assert_eq!(report.exported + report.dropped.refused, 1200 + later, "{report:?}");
    assert!(report.exported >= 600 && report.dropped.refused >= 300, "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_sent_in_parts_and_in_order() {
    let (mut backlog, ledger) = backlog(10_000);
    backlog.keep(batch_of(&["a", "b", "c", "too large", "d"]));
    backlog.keep(batch_of(&["e", "f"]));
    let takes_two = |names: &[String]| match names {
        [_, _, _, ..] => Answer::TooLarge,
        names if names.iter().any(|name| name == "too large") => Answer::TooLarge,
        _ => Answer::Accepted,
    };
    let start = Instant::now();
    let (arrived, requests) = deliver(&mut backlog, LONG, takes_two).await;
    assert_eq!(arrived.concat(), "abcdef");
    assert_eq!(start, Instant::now(), "nothing waits");
    let report = ledger.report(QueueCounts::default);
    assert_eq!((report.exported, report.dropped.too_large, report.dropped.total()), (6, 1, 1));
    assert!(requests <= 10, "{requests}");
}

#[test]
fn the_name_of_a_span_that_is_too_large_is_returned() {
    let (mut backlog, _) = backlog(10_000);
    backlog.keep(batch_of(&["huge"]));
    backlog.send();
    assert_eq!(backlog.too_large(), Some(TooLarge::Lost { name: "huge".to_owned() }));
    assert_eq!(backlog.too_large(), None, "nothing is in flight");
}
