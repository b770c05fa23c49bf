//! What the collector can be told, and what it answers.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use spanwise_tests::LONG;

use crate::collected::{Collected, Collector};
use crate::door::Door;
use crate::flap::Flap;
use crate::mode::Mode;
use crate::say;

/// A line of standard input. One that stands here without an answer is answered with `ok`.
#[derive(Debug)]
pub(crate) enum Command {
    /// `serve <mode>`: how requests that come from now on are served.
    Serve(Mode),
    /// `away`: nobody listens any more, and connections are reset.
    Away,
    /// `back`: at the same port again.
    Back,
    /// `flap <milliseconds> <milliseconds>`: back and away in turn, for so long each, until the next
    /// command, which finds it as it happens to be.
    Flap { up: Duration, down: Duration },
    /// `flaps`: how often it has gone away by itself.
    Flaps,
    /// `count`: how many spans were taken, by their ids, and how many were taken again.
    Count,
    /// `seen`: the same of all spans that came in whole requests, taken or not.
    Seen,
    /// `ids <path>`: writes the ids of the spans that were taken to a file, one a line.
    Ids(String),
    /// `requests`: how many there were, and when each came, in milliseconds since the collector started.
    Requests,
    /// `compressed`: how many of them were.
    Compressed,
    /// `await count <number>`, `await requests <number>`: answers once there are so many; `in vain` if it
    /// takes too long.
    Await(Awaited, usize),
    /// `quit`: the process ends. There is no answer.
    Quit,
}

/// What can be waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Awaited {
    Count,
    Requests,
}

impl Command {
    /// Does it, and says what to answer; nothing, where that comes later.
    pub(crate) async fn obey(
        self,
        collector: &Arc<Collector>,
        door: &mut Door,
        flap: &mut Flap,
    ) -> std::io::Result<Option<String>> {
        let answer = match self {
            Self::Serve(mode) => {
                collector.serve(mode);
                "ok".to_owned()
            }
            Self::Away => {
                door.close().await;
                "ok".to_owned()
            }
            Self::Back => {
                door.open().await?;
                "ok".to_owned()
            }
            Self::Flap { up, down } => {
                door.open().await?;
                flap.start(up, down);
                "ok".to_owned()
            }
            Self::Flaps => flap.count().to_string(),
            Self::Count => collector.look(|collected| collected.taken.to_string()),
            Self::Seen => collector.look(|collected| collected.seen.to_string()),
            Self::Ids(path) => {
                std::fs::write(path, collector.look(|collected| collected.taken.lines()))?;
                "ok".to_owned()
            }
            Self::Requests => collector.look(Collected::requests),
            Self::Compressed => collector.look(|collected| collected.compressed.to_string()),
            Self::Await(what, number) => {
                let collector = Arc::clone(collector);
                tokio::spawn(async move {
                    let enough = |collected: &Collected| match what {
                        Awaited::Count => collected.taken.len() >= number,
                        Awaited::Requests => collected.arrivals.len() >= number,
                    };
                    let has_come = tokio::time::timeout(LONG, collector.wait_until(enough)).await.is_ok();
                    say(if has_come { "ok" } else { "in vain" });
                });
                return Ok(None);
            }
            Self::Quit => return Ok(None),
        };
        Ok(Some(answer))
    }
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u32>().map_err(|_| format!("{line:?}: {text:?} is no number"));
        let time = |text| Ok::<_, String>(Duration::from_millis(number(text)?.into()));
        let words: Vec<&str> = line.split(' ').collect();
        Ok(match words.as_slice() {
            ["serve", mode @ ..] => Self::Serve(mode.join(" ").parse()?),
            ["away"] => Self::Away,
            ["back"] => Self::Back,
            ["flap", up, down] => Self::Flap { up: time(up)?, down: time(down)? },
            ["flaps"] => Self::Flaps,
            ["count"] => Self::Count,
            ["seen"] => Self::Seen,
            ["ids", path @ ..] => Self::Ids(path.join(" ")),
            ["requests"] => Self::Requests,
            ["compressed"] => Self::Compressed,
            ["await", "count", many] => Self::Await(Awaited::Count, number(many)? as usize),
            ["await", "requests", many] => Self::Await(Awaited::Requests, number(many)? as usize),
            ["quit"] => Self::Quit,
            _ => return Err(format!("no such command: {line:?}")),
        })
    }
}
