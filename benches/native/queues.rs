//! The queue in which messages wait for whoever reads the stream.

use std::hint::black_box;

use criterion::Criterion;

use crate::inside::config::{Overflow, ReceiveLimits};
use crate::inside::queue::{Admission, BoundedQueue};

const BYTES: usize = 100;

pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    let mut queue = filled(64, ReceiveLimits::default());
    group.bench_function("push and pop, 64 wait", |bencher| {
        bencher.iter(|| {
            offer(&mut queue, &mut Vec::new());
            black_box(queue.pop())
        });
    });
    let limits = ReceiveLimits { messages: 64, overflow: Overflow::DropOldest, ..ReceiveLimits::default() };
    let mut full = filled(64, limits);
    let mut evicted = Vec::new();
    group.bench_function("push where the oldest is dropped", |bencher| {
        bencher.iter(|| {
            offer(&mut full, &mut evicted);
            evicted.clear();
        });
    });
}

fn filled(messages: usize, limits: ReceiveLimits) -> BoundedQueue<u64> {
    let mut queue = BoundedQueue::new(limits);
    (0..messages).for_each(|_| offer(&mut queue, &mut Vec::new()));
    queue
}

fn offer(queue: &mut BoundedQueue<u64>, evicted: &mut Vec<u64>) {
    if queue.admit(BYTES, evicted) == Admission::Admitted {
        queue.push(black_box(1), BYTES);
    }
}
