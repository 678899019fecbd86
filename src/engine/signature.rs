//! Handshake signatures of the peer, verified with the key of its certificate.
//!
//! aws-lc-rs does it where it can; libcrypto where it can't (RSA keys of odd
//! sizes, RSA-PSS keys, Ed448). Either way the certificate is only ever parsed
//! by libcrypto.

use once_cell::sync::Lazy;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::pki_types::SignatureVerificationAlgorithm;
use rustls::{CertificateError, Error, SignatureScheme};

use super::current;
use crate::connection::policy::{AcceptedGroup, AcceptedScheme};
use crate::libcrypto::evp::{Algorithm, KeyFacts, KeyKind};

/// How a signature scheme signs.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    /// Its code point.
    pub code: u16,
    /// The kind of key it is for.
    pub kind: KeyKind,
    /// What it does.
    pub algorithm: Algorithm,
    /// ECDSA: the curve that TLS 1.3 binds it to.
    pub curve: Option<Curve>,
    /// The length of its hash, bytes.
    pub hash_len: i32,
}

/// A curve of ECDSA keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Curve {
    /// secp256r1
    P256,
    /// secp384r1
    P384,
    /// secp521r1
    P521,
}

impl Curve {
    /// The curve of `key`, if TLS signs with it.
    pub fn of(key: &impl KeyFacts) -> Option<Self> {
        match key.group_name()?.as_str() {
            "prime256v1" | "P-256" | "secp256r1" => Some(Self::P256),
            "secp384r1" | "P-384" => Some(Self::P384),
            "secp521r1" | "P-521" => Some(Self::P521),
            _ => None,
        }
    }

    /// Its named group.
    pub fn group(self) -> u16 {
        match self {
            Self::P256 => 23,
            Self::P384 => 24,
            Self::P521 => 25,
        }
    }
}

/// What decides which schemes a key is for.
#[derive(Clone, Copy, Debug)]
pub struct KeyTraits {
    /// Its kind.
    pub kind: KeyKind,
    /// Of an ECDSA key: its curve, if TLS signs with it.
    pub curve: Option<Curve>,
    /// Its size, bits.
    pub bits: i32,
}

impl KeyTraits {
    /// Asks libcrypto; `None` for a key that TLS has no use for.
    pub fn of(key: &impl KeyFacts) -> Option<Self> {
        let kind = key.kind()?;
        let curve = if kind == KeyKind::Ec { Curve::of(key) } else { None };
        Some(Self { kind, curve, bits: key.bits() })
    }
}

const fn scheme(code: u16, kind: KeyKind, digest: Option<&'static std::ffi::CStr>, hash_len: i32) -> Scheme {
    let pss = code >> 8 == 8 && matches!(kind, KeyKind::Rsa | KeyKind::RsaPss);
    Scheme { code, kind, algorithm: Algorithm { digest, pss }, curve: None, hash_len }
}

const fn ecdsa(code: u16, curve: Option<Curve>, digest: &'static std::ffi::CStr, hash_len: i32) -> Scheme {
    Scheme { curve, ..scheme(code, KeyKind::Ec, Some(digest), hash_len) }
}

const SCHEMES: [Scheme; 18] = [
    ecdsa(0x0403, Some(Curve::P256), c"SHA256", 32),
    ecdsa(0x0503, Some(Curve::P384), c"SHA384", 48),
    ecdsa(0x0603, Some(Curve::P521), c"SHA512", 64),
    scheme(0x0807, KeyKind::Ed25519, None, 0),
    scheme(0x0808, KeyKind::Ed448, None, 0),
    scheme(0x0809, KeyKind::RsaPss, Some(c"SHA256"), 32),
    scheme(0x080a, KeyKind::RsaPss, Some(c"SHA384"), 48),
    scheme(0x080b, KeyKind::RsaPss, Some(c"SHA512"), 64),
    scheme(0x0804, KeyKind::Rsa, Some(c"SHA256"), 32),
    scheme(0x0805, KeyKind::Rsa, Some(c"SHA384"), 48),
    scheme(0x0806, KeyKind::Rsa, Some(c"SHA512"), 64),
    scheme(0x0401, KeyKind::Rsa, Some(c"SHA256"), 32),
    scheme(0x0501, KeyKind::Rsa, Some(c"SHA384"), 48),
    scheme(0x0601, KeyKind::Rsa, Some(c"SHA512"), 64),
    scheme(0x0301, KeyKind::Rsa, Some(c"SHA224"), 28),
    scheme(0x0201, KeyKind::Rsa, Some(c"SHA1"), 20),
    ecdsa(0x0303, None, c"SHA224", 28),
    ecdsa(0x0203, None, c"SHA1", 20),
];

impl Scheme {
    /// The scheme with this code point.
    pub fn find(code: u16) -> Option<&'static Self> {
        SCHEMES.iter().find(|scheme| scheme.code == code)
    }

    /// Whether a key can make signatures of this scheme.
    pub fn fits(&self, key: &KeyTraits, tls13: bool) -> bool {
        if !self.is_of(key.kind, tls13) {
            return false;
        }
        match key.kind {
            KeyKind::Ec => !tls13 || self.curve == key.curve,
            // RFC 8017, 9.1.1: the salt is as long as the hash.
            _ if self.algorithm.pss => key.bits > 8 * (2 * self.hash_len + 1),
            _ => true,
        }
    }

    /// Whether it is for keys of this kind, in this version.
    pub fn is_of(&self, kind: KeyKind, tls13: bool) -> bool {
        self.kind == kind && (!tls13 || self.is_for_tls13())
    }

    /// Whether its hash is SHA-1.
    pub fn is_sha1(&self) -> bool {
        self.hash_len == 20
    }

    fn is_for_tls13(&self) -> bool {
        match self.kind {
            KeyKind::Rsa => self.algorithm.pss,
            KeyKind::Ec => self.curve.is_some(),
            _ => true,
        }
    }
}

static SUPPORTED: Lazy<WebPkiSupportedAlgorithms> =
    Lazy::new(|| aws_lc_rs::default_provider().signature_verification_algorithms);

/// Verifies the peer's signature on `message`.
pub fn verify(
    message: &[u8],
    accepted: &AcceptedScheme<'_>,
    signature: &[u8],
) -> Result<HandshakeSignatureValid, Error> {
    let certificate = accepted.certificate();
    if verify_quickly(accepted, message, signature) {
        return Ok(HandshakeSignatureValid::assertion());
    }
    let Some(key) = certificate.public_key() else {
        return Err(Error::InvalidCertificate(CertificateError::BadEncoding));
    };
    match key.verify(accepted.scheme().algorithm, message, signature, &current::library()) {
        true => Ok(HandshakeSignatureValid::assertion()),
        false => Err(Error::InvalidCertificate(CertificateError::BadSignature)),
    }
}

/// Verifies a TLS 1.2 server's signature on its key exchange, whose group was judged too.
pub fn verify_key_exchange(
    message: &[u8],
    _group: &AcceptedGroup,
    accepted: &AcceptedScheme<'_>,
    signature: &[u8],
) -> Result<HandshakeSignatureValid, Error> {
    verify(message, accepted, signature)
}

fn verify_quickly(accepted: &AcceptedScheme<'_>, message: &[u8], signature: &[u8]) -> bool {
    let Some((algorithm, key)) = split_public_key_info(accepted.certificate().key_info()) else {
        return false;
    };
    let scheme = SignatureScheme::from(accepted.scheme().code);
    let Some((_, algorithms)) = SUPPORTED.mapping.iter().find(|(name, _)| *name == scheme) else {
        return false;
    };
    // The first is the one of TLS 1.3; the others are for other curves.
    let usable: &[&dyn SignatureVerificationAlgorithm] =
        if accepted.is_tls13() { &algorithms[..1] } else { algorithms };
    usable.iter().any(|candidate| {
        candidate.public_key_alg_id().as_ref() == algorithm
            && candidate.verify_signature(key, message, signature).is_ok()
    })
}

/// The content of the AlgorithmIdentifier and the key's bits.
pub fn split_public_key_info(info: &[u8]) -> Option<(&[u8], &[u8])> {
    let (info, _) = value(info, 0x30)?;
    let (algorithm, rest) = value(info, 0x30)?;
    let (bits, _) = value(rest, 0x03)?;
    let (unused, key) = bits.split_first()?;
    (*unused == 0).then_some((algorithm, key))
}

/// The content of the DER value with this tag at the beginning of `der`, and
/// what follows it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&len, rest) = rest.split_first()?;
    let (len, rest) = match len {
        0..=0x7f => (usize::from(len), rest),
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => (usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?), &rest[2..]),
        _ => return None,
    };
    (first == tag && rest.len() >= len).then(|| rest.split_at(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_info_is_split() {
        let info = [0x30, 0x0a, 0x30, 0x03, 0x06, 0x01, 0x2a, 0x03, 0x03, 0x00, 0xaa, 0xbb];
        assert_eq!(split_public_key_info(&info), Some((&[0x06, 0x01, 0x2a][..], &[0xaa, 0xbb][..])));
        for len in 0..info.len() {
            assert_eq!(split_public_key_info(&info[..len]), None);
        }
    }

    #[test]
    fn only_some_schemes_are_for_tls13() {
        let for_tls13 = |code| Scheme::find(code).is_some_and(Scheme::is_for_tls13);
        assert!([0x0403, 0x0503, 0x0603, 0x0804, 0x0806, 0x0807, 0x0808, 0x0809].into_iter().all(for_tls13));
        assert!(![0x0401, 0x0501, 0x0201, 0x0203, 0x0303, 0x0402].into_iter().any(for_tls13));
    }
}
