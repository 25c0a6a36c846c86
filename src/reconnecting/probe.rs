//! Asking over plain HTTP whether an attempt is of use: a page can't see why a handshake was refused.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use crate::browser::probe::{Answered, ask};
use crate::driver::{Reply, Soon, Target};
use crate::machine::Verdict;

/// What is asked in the place of an attempt, now and then: see [`Builder::probe`](super::Builder::probe).
///
/// ```
/// use tautline::Probe;
/// use tautline::machine::Verdict;
///
/// let same_place = Probe::http();
/// let own = Probe::http_at("/session").judged_by(|status| match status {
///     401 => Verdict::Refresh, // ask the provider for another token
///     403 => Verdict::Stop { status: Some(403) },
///     _ => Verdict::Connect,
/// });
/// let hook = Probe::from_async(|| async { Verdict::Connect });
/// ```
#[derive(Clone)]
pub struct Probe(Rc<dyn Ask>);

type Judge = Rc<dyn Fn(u16) -> Verdict>;

/// Behind a `dyn`, so that an application without a probe has no code of it.
trait Ask {
    fn ask(&self, last: Option<Rc<Target>>) -> Soon;
    /// The same probe with a judge of its own, if it has use for one.
    fn judged_by(&self, judge: Judge) -> Option<Rc<dyn Ask>>;
    fn name(&self) -> &'static str;
}

struct Http {
    url: Option<String>,
    judge: Option<Judge>,
    /// Whether the last probe was refused.
    refused: Rc<Cell<bool>>,
}

struct Asked<F>(F);

impl Probe {
    /// A `GET` of the socket's own URL, with `http` in the place of `ws`. Of another origin, the server has to allow it (CORS), or there is
    /// no answer to be seen.
    ///
    /// 401 and 403 ask the provider anew, whose answer may have been used up, and stop when the next probe says the same; 429 and 503 wait, as long as `Retry-After` says; other statuses from 500 on, and no answer, wait with backoff;
    /// all others connect. Redirects are not followed.
    #[must_use]
    pub fn http() -> Self {
        Self(Rc::new(Http { url: None, judge: None, refused: Rc::default() }))
    }

    /// The same with a URL of its own.
    pub fn http_at(url: impl Into<String>) -> Self {
        Self(Rc::new(Http { url: Some(url.into()), judge: None, refused: Rc::default() }))
    }

    /// An async function in the place of the request.
    pub fn from_async<F>(ask: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Verdict> + 'static,
    {
        Self(Rc::new(Asked(ask)))
    }

    /// Judges the status by a function. It is not asked where there was no answer.
    #[must_use]
    pub fn judged_by(self, by: impl Fn(u16) -> Verdict + 'static) -> Self {
        match self.0.judged_by(Rc::new(by)) {
            Some(judged) => Self(judged),
            None => self,
        }
    }

    pub(super) fn ask(&self, last: Option<Rc<Target>>) -> Soon {
        self.0.ask(last)
    }
}

impl Ask for Http {
    fn ask(&self, last: Option<Rc<Target>>) -> Soon {
        let Some(url) = self.url.clone().or_else(|| last.map(|target| http_url(&target.url))) else {
            return Soon::Now(Reply::Probed(Verdict::Connect));
        };
        let judge = self.judge.clone();
        let refused = Rc::clone(&self.refused);
        Soon::later(async move {
            Reply::Probed(match (ask(url).await, judge) {
                (None, _) => Verdict::Wait,
                (Some(answered), Some(judge)) => judge(answered.status),
                (Some(answered), None) => judge_by_default(answered, &refused),
            })
        })
    }

    fn judged_by(&self, judge: Judge) -> Option<Rc<dyn Ask>> {
        Some(Rc::new(Self { url: self.url.clone(), judge: Some(judge), refused: Rc::clone(&self.refused) }))
    }

    fn name(&self) -> &'static str {
        "Probe(HTTP)"
    }
}

impl<A, F> Ask for Asked<A>
where
    A: Fn() -> F + 'static,
    F: Future<Output = Verdict> + 'static,
{
    fn ask(&self, _last: Option<Rc<Target>>) -> Soon {
        let asked = (self.0)();
        Soon::later(async move { Reply::Probed(asked.await) })
    }

    fn judged_by(&self, _judge: Judge) -> Option<Rc<dyn Ask>> {
        None
    }

    fn name(&self) -> &'static str {
        "Probe(a function)"
    }
}

fn judge_by_default(answered: Answered, refused: &Cell<bool>) -> Verdict {
    let again = refused.replace(matches!(answered.status, 401 | 403));
    match answered.status {
        401 | 403 if !again => Verdict::Refresh,
        status @ (401 | 403) => Verdict::Stop { status: Some(status) },
        429 | 503 => answered.retry_after.map_or(Verdict::Wait, Verdict::WaitFor),
        500.. => Verdict::Wait,
        _ => Verdict::Connect,
    }
}

/// The same place over HTTP. A URL that is relative, or of http already, stays as it is.
fn http_url(url: &str) -> String {
    let with = |scheme: &str| {
        let (head, rest) = url.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    match (with("wss:"), with("ws:")) {
        (Some(rest), _) => format!("https:{rest}"),
        (None, Some(rest)) => format!("http:{rest}"),
        (None, None) => url.to_owned(),
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_url_of_the_probe_is_that_of_the_socket_over_http() {
        for (url, http) in [
            ("ws://a/b?c", "http://a/b?c"),
            ("WSS://a:1/", "https://a:1/"),
            ("https://a/", "https://a/"),
            ("/live", "/live"),
            ("", ""),
            ("é", "é"),
        ] {
            assert_eq!(http_url(url), http);
        }
    }

    #[test]
    fn a_refusal_stops_and_trouble_waits() {
        let refused = Cell::new(false);
        let judge = |status, seconds: Option<u64>| {
            let answered = Answered { status, retry_after: seconds.map(Duration::from_secs) };
            judge_by_default(answered, &refused)
        };
        for status in [401, 403] {
            assert_eq!(judge(200, None), Verdict::Connect);
            assert_eq!(judge(status, None), Verdict::Refresh, "the token may have been used up");
            assert_eq!(judge(status, None), Verdict::Stop { status: Some(status) });
        }
        assert_eq!(judge(503, Some(7)), Verdict::WaitFor(Duration::from_secs(7)));
        assert_eq!([judge(503, None), judge(500, Some(7))], [Verdict::Wait; 2]);
        assert_eq!([judge(200, None), judge(404, None), judge(426, None)], [Verdict::Connect; 3]);
    }
}
