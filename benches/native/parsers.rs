//! What reads text and numbers that come from outside.

use std::hint::black_box;

use criterion::Criterion;
use tautline::machine::{ClosePolicy, RetryHint};
use tautline::{CloseCode, CloseReason, RedactedUrl};

use crate::inside::endpoint::join_protocols;
use crate::rig::restart;

pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    let protocols = ["chat.v2.example.com", "chat.v1.example.com", "graphql-transport-ws"];
    group
        .bench_function("three subprotocols", |bencher| bencher.iter(|| join_protocols(black_box(&protocols)).is_ok()));

    for (name, url) in [
        ("redacted URL, short", "wss://example.com/live".to_owned()),
        ("redacted URL, with a token", "wss://ann:secret@example.com/live?token=eyJhbGciOiJIUzI1NiJ9#top".to_owned()),
        ("redacted URL of 10 kB", format!("wss://example.com/{}?{}", "é".repeat(2500), "a=b&".repeat(1250))),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| RedactedUrl::new(black_box(&url))));
    }
    for (name, reason) in [
        ("hint in a reason", "deploying retry-in=2000+8000".to_owned()),
        ("no hint in 123 bytes", "no word of it is one ".repeat(6)[..123].to_owned()),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| RetryHint::parse(black_box(&reason))));
    }
    group.bench_function("close code", |bencher| bencher.iter(|| CloseCode::new(black_box(4001))));
    group.bench_function("close reason", |bencher| bencher.iter(|| CloseReason::new(black_box("done for today"))));
    let (policy, closed) = (ClosePolicy::default().retry_normal(), restart());
    group.bench_function("close policy", |bencher| bencher.iter(|| policy.action(black_box(&closed))));
}
