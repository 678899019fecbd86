//! Named groups of the key exchange: numbers, names, lists.

use std::ffi::CStr;
use std::sync::Arc;

use libc::c_int;

use super::settings::{SUITEB_128_LOS, SUITEB_128_LOS_ONLY, SUITEB_192_LOS, Settings};
use crate::libcrypto::err;

/// X25519 with ML-KEM-768; OpenSSL 3.0 does not know it and has no NID for it.
pub const X25519MLKEM768: u16 = 0x11ec;
/// X25519
pub const X25519: u16 = 29;
/// P-256
pub const SECP256R1: u16 = 23;
/// P-384
pub const SECP384R1: u16 = 24;
/// P-521
pub const SECP521R1: u16 = 25;

/// What is offered and accepted when nothing is configured; everything that
/// can be negotiated.
pub const DEFAULT: &[u16] = &[X25519MLKEM768, X25519, SECP256R1, SECP384R1, SECP521R1];

/// Marks a number on the wire where a NID is expected (`TLSEXT_nid_unknown`).
const NID_UNKNOWN: c_int = 0x100_0000;

/// What is known about a group.
pub struct Group {
    /// The number on the wire.
    pub id: u16,
    /// libcrypto's number, 0 if it has none.
    nid: c_int,
    /// The name that `SSL_group_to_name` gives.
    pub name: &'static CStr,
    aliases: &'static [&'static str],
}

const fn group(id: u16, nid: c_int, name: &'static CStr, aliases: &'static [&'static str]) -> Group {
    Group { id, nid, name, aliases }
}

/// The group with this number, negotiable or not.
pub fn by_id(id: u16) -> Option<&'static Group> {
    KNOWN.iter().find(|group| group.id == id)
}

/// The group that C means: by NID, or by number with `TLSEXT_nid_unknown`.
pub fn by_nid(nid: c_int) -> Option<&'static Group> {
    if nid & NID_UNKNOWN != 0 {
        return by_id((nid & 0xffff) as u16);
    }
    KNOWN.iter().find(|group| group.nid == nid && nid != 0)
}

/// How C is told of a group: its NID, or its number marked as not having one.
pub fn nid_of(id: u16) -> c_int {
    match by_id(id) {
        Some(group) if group.nid != 0 => group.nid,
        _ => NID_UNKNOWN | c_int::from(id),
    }
}

/// Reads the names of `SSL_CTX_set1_groups_list`. Unknown names (an error on
/// the queue), repeated ones and a list of which nothing can be negotiated are
/// refused.
pub fn parse_list(list: &[u8]) -> Option<Arc<[u16]>> {
    let id_of = |name: &[u8]| {
        let known = KNOWN
            .iter()
            .find(|group| group.name.to_bytes() == name || group.aliases.iter().any(|alias| alias.as_bytes() == name));
        if known.is_none() && !name.is_empty() {
            let name = String::from_utf8_lossy(name);
            err::raise_data(err::ERR_R_PASSED_INVALID_ARGUMENT, &format!("group '{name}' cannot be set"));
        }
        known.map(|group| group.id)
    };
    checked(list.split(|&byte| byte == b':').map(|name| id_of(name.trim_ascii())))
}

/// As [`parse_list`], from the NIDs of `SSL_CTX_set1_groups`.
pub fn from_nids(nids: &[c_int]) -> Option<Arc<[u16]>> {
    checked(nids.iter().map(|&nid| Some(by_nid(nid)?.id)))
}

impl Settings {
    /// The configured groups or the defaults, as far as they can be negotiated.
    pub fn negotiable_groups(&self) -> Vec<u16> {
        let configured = match self.suite_b() {
            SUITEB_128_LOS => &[SECP256R1, SECP384R1][..],
            SUITEB_128_LOS_ONLY => &[SECP256R1],
            SUITEB_192_LOS => &[SECP384R1],
            _ if self.groups.is_empty() => DEFAULT,
            _ => &self.groups,
        };
        configured.iter().copied().filter(|id| DEFAULT.contains(id)).collect()
    }
}

/// The group that Suite B has with a suite of TLS 1.2.
pub fn suite_b_group(suite: u16) -> Option<u16> {
    match suite {
        0xc02b => Some(SECP256R1),
        0xc02c => Some(SECP384R1),
        _ => None,
    }
}

/// How strong a group is.
pub fn security_bits(id: u16) -> c_int {
    match id {
        SECP521R1 => 256,
        SECP384R1 | X25519MLKEM768 => 192,
        _ => 128,
    }
}

fn checked(ids: impl Iterator<Item = Option<u16>>) -> Option<Arc<[u16]>> {
    let mut list = Vec::new();
    for id in ids {
        let id = id?;
        if list.contains(&id) {
            return None;
        }
        list.push(id);
    }
    if !list.iter().any(|id| DEFAULT.contains(id)) {
        err::raise_data(err::ERR_R_DISABLED, "no group of the list can be negotiated");
        return None;
    }
    Some(list.into())
}

/// OpenSSL 3.0's groups and one of later versions: number, NID, name, other names.
static KNOWN: &[Group] = &[
    group(1, 721, c"sect163k1", &["K-163"]),
    group(2, 722, c"sect163r1", &[]),
    group(3, 723, c"sect163r2", &["B-163"]),
    group(4, 724, c"sect193r1", &[]),
    group(5, 725, c"sect193r2", &[]),
    group(6, 726, c"sect233k1", &["K-233"]),
    group(7, 727, c"sect233r1", &["B-233"]),
    group(8, 728, c"sect239k1", &[]),
    group(9, 729, c"sect283k1", &["K-283"]),
    group(10, 730, c"sect283r1", &["B-283"]),
    group(11, 731, c"sect409k1", &["K-409"]),
    group(12, 732, c"sect409r1", &["B-409"]),
    group(13, 733, c"sect571k1", &["K-571"]),
    group(14, 734, c"sect571r1", &["B-571"]),
    group(15, 708, c"secp160k1", &[]),
    group(16, 709, c"secp160r1", &[]),
    group(17, 710, c"secp160r2", &[]),
    group(18, 711, c"secp192k1", &[]),
    group(19, 409, c"secp192r1", &["P-192", "prime192v1"]),
    group(20, 712, c"secp224k1", &[]),
    group(21, 713, c"secp224r1", &["P-224"]),
    group(22, 714, c"secp256k1", &[]),
    group(23, 415, c"secp256r1", &["P-256", "prime256v1"]),
    group(24, 715, c"secp384r1", &["P-384"]),
    group(25, 716, c"secp521r1", &["P-521"]),
    group(26, 927, c"brainpoolP256r1", &[]),
    group(27, 931, c"brainpoolP384r1", &[]),
    group(28, 933, c"brainpoolP512r1", &[]),
    group(29, 1034, c"x25519", &["X25519"]),
    group(30, 1035, c"x448", &["X448"]),
    group(0x100, 1126, c"ffdhe2048", &[]),
    group(0x101, 1127, c"ffdhe3072", &[]),
    group(0x102, 1128, c"ffdhe4096", &[]),
    group(0x103, 1129, c"ffdhe6144", &[]),
    group(0x104, 1130, c"ffdhe8192", &[]),
    group(X25519MLKEM768, 0, c"X25519MLKEM768", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let list = parse_list(b"X25519MLKEM768: P-256:x25519").unwrap();
        assert_eq!(list[..], [X25519MLKEM768, SECP256R1, X25519]);
        assert_eq!(parse_list(b"X448:secp521r1").unwrap()[..], [30, SECP521R1]);
        assert!(parse_list(b"P-256:prime256v1").is_none());
        assert!(parse_list(b"P-256::X25519").is_none());
        assert!(parse_list(b"X448").is_none());
        assert!(parse_list(b"").is_none());
    }

    #[test]
    fn nids() {
        assert_eq!(from_nids(&[415, 1034]).unwrap()[..], [SECP256R1, X25519]);
        assert!(from_nids(&[0]).is_none());
        assert_eq!((nid_of(SECP256R1), nid_of(X25519MLKEM768)), (415, 0x10011ec));
        assert_eq!(by_nid(0x10011ec).unwrap().name, c"X25519MLKEM768");
    }
}
