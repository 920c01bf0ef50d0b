//! What may be said of one IPv4 range.

use super::Faults;
use ipnet::Ipv4Net;

fn net(address: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(address.into(), length)
}

/// The ranges of RFC 1918.
pub(super) fn private() -> [Ipv4Net; 3] {
    [net([10, 0, 0, 0], 8), net([172, 16, 0, 0], 12), net([192, 168, 0, 0], 16)]
}

/// What Memorystore and Cloud SQL keep for themselves inside of any network.
pub(super) fn kept_by_google() -> Ipv4Net {
    net([172, 17, 0, 0], 16)
}

/// Whether two ranges share an address.
pub(super) fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(b) || b.contains(a)
}

/// Refuses host bits. True if the range is canonical.
pub(super) fn canonical(key: &str, range: Ipv4Net, faults: &mut Faults) -> bool {
    if range == range.trunc() {
        return true;
    }
    let remedy = format!("write \"{}\"", range.trunc());
    faults.add(key, "has bits set behind its prefix", "the first address of a range and a length", remedy);
    false
}

/// Refuses what is not private, or not within these prefix lengths.
pub(super) fn own(key: &str, range: Ipv4Net, shortest: u8, longest: u8, why: &str, faults: &mut Faults) {
    canonical(key, range, faults);
    if !private().iter().any(|private| private.contains(&range)) {
        let allowed = "a range within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16";
        faults.add(key, "is not private", allowed, "choose a private range that nothing else of yours uses");
    }
    let length = range.prefix_len();
    if length < shortest || length > longest {
        let what = if length > longest { "is too small" } else { "is too large" };
        let allowed = if shortest == longest {
            format!("a prefix length of {shortest}: {why}")
        } else {
            format!("a prefix length from {shortest} to {longest}: {why}")
        };
        let nearest = if length > longest { longest } else { shortest };
        let remedy = match Ipv4Net::new(range.addr(), nearest) {
            Ok(better) => format!("write \"{}\"", better.trunc()),
            Err(_) => format!("write a prefix length of {nearest}"),
        };
        faults.add(key, what, allowed, remedy);
    }
}
