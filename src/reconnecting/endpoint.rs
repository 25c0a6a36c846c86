//! Where to connect: a value, a function or an async function, asked before each attempt.

use std::fmt;
use std::rc::Rc;

use crate::Target;
use crate::driver::{Provided, Reply, Soon};
use crate::machine::Ending;
use crate::transport::check_url;
use crate::{ConstructorError, RedactedUrl};

/// What a provider is told of the attempt it is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// How many retries came before it since the last connection that lasted.
    pub retry: u32,
    /// Why the last attempt or connection ended; `None` for the first.
    pub last: Option<Ending>,
}

/// Why a provider has no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unavailable {
    /// Not now: it counts as a failed attempt, and another follows with backoff.
    Retry,
    /// There is to be no further attempt, since nobody is signed in, for one.
    Stop,
}

/// One place to connect to. Made from a `&str`, a `String` or a [`Target`]; or from a function, which is asked before each attempt.
///
/// ```
/// use std::time::Duration;
/// use tautline::{Endpoint, Target, Unavailable};
///
/// async fn fetch_token() -> Result<String, std::io::Error> {
///     Ok("…".into())
/// }
///
/// let fixed = Endpoint::from("wss://example.com/live");
/// let with_token = Endpoint::from_async(|attempt| async move {
///     if attempt.retry > 100 {
///         return Err(Unavailable::Stop);
///     }
///     let token = fetch_token().await.map_err(|_| Unavailable::Retry)?;
///     Ok(Target::new(format!("wss://example.com/live?token={token}")).valid_for(Duration::from_secs(60)))
/// });
/// ```
#[derive(Clone)]
pub struct Endpoint(Kind);

#[derive(Clone)]
enum Kind {
    Fixed(Rc<Target>),
    Asked(Rc<dyn Fn(Attempt) -> Soon>),
}

impl Endpoint {
    /// Asks a function before each attempt.
    pub fn from_fn(provide: impl Fn(Attempt) -> Result<Target, Unavailable> + 'static) -> Self {
        Self(Kind::Asked(Rc::new(move |attempt| Soon::Now(provided(provide(attempt))))))
    }

    /// Asks an async function before each attempt. One that has no answer within [`Config::resolve_timeout`] is dropped, which counts as
    /// a failed attempt.
    ///
    /// [`Config::resolve_timeout`]: crate::machine::Config::resolve_timeout
    pub fn from_async<F>(provide: impl Fn(Attempt) -> F + 'static) -> Self
    where
        F: Future<Output = Result<Target, Unavailable>> + 'static,
    {
        Self(Kind::Asked(Rc::new(move |attempt| {
            let answer = provide(attempt);
            Soon::later(async move { provided(answer.await) })
        })))
    }

    pub(super) fn is_fixed(&self) -> bool {
        matches!(self.0, Kind::Fixed(_))
    }

    pub(super) fn resolve(&self, retry: u32, last: Option<Ending>) -> Soon {
        match &self.0 {
            Kind::Fixed(target) => Soon::Now(Reply::Provided(Provided::Target(Rc::clone(target)))),
            Kind::Asked(provide) => provide(Attempt { retry, last }),
        }
    }

    /// Checks what can be checked before there is an attempt, as the standard's constructor does.
    pub(super) fn check(&self) -> Result<(), ConstructorError> {
        let Kind::Fixed(target) = &self.0 else { return Ok(()) };
        target.protocols.clone()?;
        if check_url(&target.url) {
            Ok(())
        } else {
            Err(ConstructorError::InvalidUrl { url: RedactedUrl::new(&target.url) })
        }
    }
}

fn provided(answer: Result<Target, Unavailable>) -> Reply {
    Reply::Provided(match answer {
        Ok(target) => Provided::Target(Rc::new(target)),
        Err(Unavailable::Retry) => Provided::Failed,
        Err(Unavailable::Stop) => Provided::Stop,
    })
}

impl<T: Into<Target>> From<T> for Endpoint {
    fn from(target: T) -> Self {
        Self(Kind::Fixed(Rc::new(target.into())))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Fixed(target) => write!(f, "Endpoint({target:?})"),
            Kind::Asked(_) => f.write_str("Endpoint(asked before each attempt)"),
        }
    }
}
