//! t
use tautline_storm::*;
fn main() {
    let n: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    for case in case::CASES.iter().take(8) {
        for p in &peers::PEERS {
            let t = std::time::Instant::now();
            let o = engine::run(&p, case, n, 1);
            let c = case.capacity(n).unwrap_or(f64::INFINITY);
            let t99 = o.waits.get((n as usize * 99).div_ceil(100) - 1).map_or(f64::NAN, |w| time::seconds(*w));
            println!("{:10} {:24} back {:8} t99 {:.2} peak {:.2} wasted {:.3} attempts {:.1} in {:?}", case.name, p.name, o.waits.len(), t99 * c / 0.99 / n as f64, o.load.peak(case.back()) as f64 / c, o.wasted as f64 / o.handshakes as f64, o.attempts as f64 / n as f64, t.elapsed());
        }
    }
}
