//! Signature algorithms: numbers, names, lists.

use std::sync::Arc;

use libc::c_int;

use crate::libcrypto::err;

const RSA: c_int = 6;
const RSA_PSS: c_int = 912;
const DSA: c_int = 116;
const ECDSA: c_int = 408;

/// What OpenSSL offers when nothing is configured, in its order.
pub const DEFAULT: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601,
    0x0303, 0x0203, 0x0301, 0x0201, 0x0302, 0x0202, 0x0402, 0x0502, 0x0602,
];

/// What is known about a signature algorithm.
pub struct SigAlg {
    /// The number on the wire.
    pub id: u16,
    /// The name in the RFC, empty where OpenSSL knows it by its parts only.
    pub name: &'static str,
    /// The NID of the hash, 0 when it is part of the signature.
    pub hash: c_int,
    /// The NID of the key type (`EVP_PKEY_*`).
    pub signature: c_int,
    /// The NID of both together, 0 if there is none.
    pub both: c_int,
}

const fn sigalg(id: u16, name: &'static str, hash: c_int, signature: c_int, both: c_int) -> SigAlg {
    SigAlg { id, name, hash, signature, both }
}

/// The algorithm with this number, negotiable or not.
pub fn by_id(id: u16) -> Option<&'static SigAlg> {
    KNOWN.iter().find(|known| known.id == id)
}

/// How strong an algorithm is: half the bits of its hash, less where it is broken.
pub fn security_bits(id: u16) -> c_int {
    match (id >> 8, id & 0xff) {
        // Collisions of SHA-1.
        (2, _) => 64,
        (3, _) => 112,
        (4, _) | (8, 4 | 7 | 9) => 128,
        (5, _) | (8, 5 | 10) => 192,
        (8, 8) => 224,
        (6, _) | (8, 6 | 11) => 256,
        _ => 0,
    }
}

/// Whether it is for DSA keys, which TLS here does not have.
pub fn is_dsa(id: u16) -> bool {
    id >> 8 < 8 && id & 0xff == 2
}

/// Whether it is for RSA keys.
pub fn is_rsa(id: u16) -> bool {
    by_id(id).is_some_and(|known| matches!(known.signature, RSA | RSA_PSS))
}

/// Whether the algorithm can be negotiated.
pub fn is_supported(id: u16) -> bool {
    matches!(id, 0x0401 | 0x0501 | 0x0601 | 0x0403 | 0x0503 | 0x0603 | 0x0804..=0x0807 | 0x0809..=0x080b)
}

/// Reads the list of `SSL_CTX_set1_sigalgs_list`: `ECDSA+SHA256`,
/// `RSA-PSS+SHA256`, `rsa_pkcs1_sha256`, .... Unknown and repeated names and a
/// list of which nothing can be negotiated are refused.
pub fn parse_list(list: &[u8]) -> Option<Arc<[u16]>> {
    let list = std::str::from_utf8(list).ok()?;
    let ids = list.split(':').map(|name| by_name(name.trim()));
    let mut known = Vec::new();
    for id in ids {
        let id = id?;
        if known.contains(&id) {
            return None;
        }
        known.push(id);
    }
    any_supported(known)
}

/// As [`parse_list`], from pairs of NIDs (hash, key type).
pub fn from_nids(nids: &[c_int]) -> Option<Arc<[u16]>> {
    if nids.len() % 2 != 0 {
        return None;
    }
    any_supported(nids.chunks_exact(2).map(|pair| by_parts(pair[0], pair[1])).collect::<Option<_>>()?)
}

fn any_supported(ids: Vec<u16>) -> Option<Arc<[u16]>> {
    if !ids.iter().any(|&id| is_supported(id)) {
        err::raise_data(err::ERR_R_DISABLED, "no signature algorithm of the list can be negotiated");
        return None;
    }
    Some(ids.into())
}

fn by_name(name: &str) -> Option<u16> {
    let Some((first, second)) = name.split_once('+') else {
        return KNOWN.iter().find(|known| !name.is_empty() && known.name == name).map(|known| known.id);
    };
    // In either order.
    match (part(first)?, part(second)?) {
        (Part::Signature(signature), Part::Hash(hash)) | (Part::Hash(hash), Part::Signature(signature)) => {
            by_parts(hash, signature)
        }
        _ => None,
    }
}

/// The first in the table: RSA-PSS means keys of plain RSA.
fn by_parts(hash: c_int, signature: c_int) -> Option<u16> {
    KNOWN.iter().find(|known| known.hash == hash && known.signature == signature).map(|known| known.id)
}

enum Part {
    Hash(c_int),
    Signature(c_int),
}

fn part(name: &str) -> Option<Part> {
    Some(match name {
        "RSA" => Part::Signature(RSA),
        "RSA-PSS" | "PSS" => Part::Signature(RSA_PSS),
        "DSA" => Part::Signature(DSA),
        "ECDSA" => Part::Signature(ECDSA),
        "SHA1" | "sha1" => Part::Hash(64),
        "SHA224" | "sha224" => Part::Hash(675),
        "SHA256" | "sha256" => Part::Hash(672),
        "SHA384" | "sha384" => Part::Hash(673),
        "SHA512" | "sha512" => Part::Hash(674),
        _ => return None,
    })
}

/// OpenSSL 3.0's algorithms but GOST's: number, name, NIDs of the hash, the key
/// type, and both together.
static KNOWN: &[SigAlg] = &[
    sigalg(0x0403, "ecdsa_secp256r1_sha256", 672, 408, 794),
    sigalg(0x0503, "ecdsa_secp384r1_sha384", 673, 408, 795),
    sigalg(0x0603, "ecdsa_secp521r1_sha512", 674, 408, 796),
    sigalg(0x0807, "ed25519", 0, 1087, 0),
    sigalg(0x0808, "ed448", 0, 1088, 0),
    sigalg(0x0303, "", 675, 408, 793),
    sigalg(0x0203, "", 64, 408, 416),
    sigalg(0x0804, "rsa_pss_rsae_sha256", 672, 912, 0),
    sigalg(0x0805, "rsa_pss_rsae_sha384", 673, 912, 0),
    sigalg(0x0806, "rsa_pss_rsae_sha512", 674, 912, 0),
    sigalg(0x0809, "rsa_pss_pss_sha256", 672, 912, 0),
    sigalg(0x080a, "rsa_pss_pss_sha384", 673, 912, 0),
    sigalg(0x080b, "rsa_pss_pss_sha512", 674, 912, 0),
    sigalg(0x0401, "rsa_pkcs1_sha256", 672, 6, 668),
    sigalg(0x0501, "rsa_pkcs1_sha384", 673, 6, 669),
    sigalg(0x0601, "rsa_pkcs1_sha512", 674, 6, 670),
    sigalg(0x0301, "rsa_pkcs1_sha224", 675, 6, 671),
    sigalg(0x0201, "rsa_pkcs1_sha1", 64, 6, 65),
    sigalg(0x0402, "", 672, 116, 803),
    sigalg(0x0502, "", 673, 116, 0),
    sigalg(0x0602, "", 674, 116, 0),
    sigalg(0x0302, "", 675, 116, 0),
    sigalg(0x0202, "", 64, 116, 113),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let list = parse_list(b"ECDSA+SHA256:RSA-PSS+SHA256:SHA384+RSA:ed25519").unwrap();
        assert_eq!(list[..], [0x0403, 0x0804, 0x0501, 0x0807]);
        assert!(parse_list(b"rsa_pss_rsae_sha256:PSS+SHA256").is_none());
        assert!(parse_list(b"RSA+SHA3").is_none());
        assert!(parse_list(b"").is_none());
        assert!(parse_list(b"DSA+SHA256").is_none());
        assert_eq!(from_nids(&[672, 6, 673, 408]).unwrap()[..], [0x0401, 0x0503]);
        assert!(from_nids(&[672]).is_none());
    }

    #[test]
    fn defaults_are_known() {
        assert!(DEFAULT.iter().all(|&id| by_id(id).is_some()));
    }
}
