//! The codecs that need no browser.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use tautline::codec::{Codec, Json, MessagePack};

use crate::values::{Quote, Update};

pub(crate) fn all(criterion: &mut Criterion) {
    measure(criterion, "json", Json);
    measure(criterion, "msgpack", MessagePack);
}

fn measure(criterion: &mut Criterion, format: &str, codec: impl Codec) {
    let mut group = criterion.benchmark_group(format);
    let (small, large) = (Quote::example(7), Update::of_10_kb());
    for (name, value) in [("small", Update { quotes: vec![small] }), ("10 kB", large)] {
        let message = codec.encode(&value).expect("a value that every format has");
        let bytes = message.byte_len();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(BenchmarkId::new("encode", name), |bencher| {
            bencher.iter(|| codec.encode(black_box(&value)))
        });
        group.bench_function(BenchmarkId::new("decode", name), |bencher| {
            bencher.iter(|| codec.decode::<Update>(black_box(message.borrow())));
        });
    }
}
