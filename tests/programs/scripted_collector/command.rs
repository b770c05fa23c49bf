//! The commands of the collector, and its replies.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use spanwise_tests::LONG;

use crate::collected::{Collected, Collector};
use crate::door::Door;
use crate::flap::Flap;
use crate::mode::Mode;
use crate::say;

/// A line of standard input. The reply is `ok` unless it says otherwise here.
#[derive(Debug)]
pub(crate) enum Command {
    /// `serve <mode>`: serves requests in this mode from now on.
    Serve(Mode),
    /// `away`: stops listening, and resets the connections.
    Away,
    /// `reset`: resets the connections, and listens on.
    Reset,
    /// `back`: listens at the same port again.
    Back,
    /// `flap <milliseconds> <milliseconds>`: is back and away in turn, for these times, until the next command. It then
    /// stays as it is.
    Flap { up: Duration, down: Duration },
    /// `flaps`: replies how often it went away by flapping.
    Flaps,
    /// `count`: replies how many spans were accepted, by their ids, and how many again.
    Count,
    /// `seen`: the same for all spans of complete requests, accepted or not.
    Seen,
    /// `ids <path>`: writes the ids of the accepted spans to a file, one a line.
    Ids(String),
    /// `requests`: replies the number of requests, and when each came, in milliseconds since the start.
    Requests,
    /// `compressed`: replies how many requests were compressed.
    Compressed,
    /// `largest`: replies the size of the largest request that was accepted, in bytes.
    Largest,
    /// `await count <number>`, `await requests <number>`: replies once there are this many, or `in vain` after too long.
    Await(Awaited, usize),
    /// `quit`: ends the process, without a reply.
    Quit,
}

/// What `await` waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Awaited {
    Count,
    Requests,
}

impl Command {
    /// Runs the command, and returns the reply; `None` if that comes later.
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
            Self::Reset => {
                door.reset().await;
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
            Self::Largest => collector.look(|collected| collected.largest.to_string()),
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
            ["reset"] => Self::Reset,
            ["back"] => Self::Back,
            ["flap", up, down] => Self::Flap { up: time(up)?, down: time(down)? },
            ["flaps"] => Self::Flaps,
            ["count"] => Self::Count,
            ["seen"] => Self::Seen,
            ["ids", path @ ..] => Self::Ids(path.join(" ")),
            ["requests"] => Self::Requests,
            ["compressed"] => Self::Compressed,
            ["largest"] => Self::Largest,
            ["await", "count", many] => Self::Await(Awaited::Count, number(many)? as usize),
            ["await", "requests", many] => Self::Await(Awaited::Requests, number(many)? as usize),
            ["quit"] => Self::Quit,
            _ => return Err(format!("no such command: {line:?}")),
        })
    }
}
