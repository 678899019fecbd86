//! What a peer may do, as OpenSSL judges it: with which certificate, on which curves and in which
//! schemes it may sign.
//!
//! rustls leaves that to whoever embeds it. Each thing that was judged is a value of a type that
//! nothing but the judgement makes, and `engine::signature` verifies nothing without them.

use libc::c_int;

use super::Connection;
use super::handshake::TLS1_3;
use super::verify::VerifyFailure;
use crate::context::cipher::{self, auth};
use crate::context::groups;
use crate::context::security::op;
use crate::engine::signature::{Curve, Scheme};
use crate::libcrypto::err;
use crate::libcrypto::evp::{KeyFacts, KeyKind, PublicKey};
use crate::libcrypto::peer::Signatory;
use crate::reason::{self, alert};

const SSL_CERT_FLAG_TLS_STRICT: u32 = 1;

fn refused<T>(reason: c_int, alert: u8) -> Result<T, VerifyFailure> {
    Err(VerifyFailure { reason, alert })
}

/// What a certificate's key is, by its encoding where that is one of the usual ones.
struct Key {
    info: Vec<u8>,
    /// `None` for a key that TLS has no use for.
    kind: Option<KeyKind>,
    /// Of a key of ECDSA: the curve, if TLS signs with it.
    curve: Option<Curve>,
}

impl Key {
    /// `None` when libcrypto can't make a key of it.
    fn of(certificate: &Signatory) -> Option<Self> {
        let key = certificate.public_key()?;
        let info = certificate.public_key_info();
        if let Some((kind, curve)) = usual_key(&info) {
            return Some(Self { info, kind: Some(kind), curve });
        }
        let kind = key.kind();
        let curve = if kind == Some(KeyKind::Ec) { Curve::of(&key) } else { None };
        Some(Self { info, kind, curve })
    }
}

/// The kind and the curve that a `SubjectPublicKeyInfo` names.
fn usual_key(info: &[u8]) -> Option<(KeyKind, Option<Curve>)> {
    const USUAL: [(&[u8], KeyKind, Option<Curve>); 6] = [
        (
            b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
            KeyKind::Ec,
            Some(Curve::P256),
        ),
        (b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22", KeyKind::Ec, Some(Curve::P384)),
        (b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23", KeyKind::Ec, Some(Curve::P521)),
        (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", KeyKind::Rsa, None),
        (b"\x06\x03\x2b\x65\x70", KeyKind::Ed25519, None),
        (b"\x06\x03\x2b\x65\x71", KeyKind::Ed448, None),
    ];
    let (algorithm, _) = crate::engine::signature::split_public_key_info(info)?;
    USUAL.iter().find(|(name, ..)| *name == algorithm).map(|&(_, kind, curve)| (kind, curve))
}

/// The kinds of suites of TLS 1.2, `auth::*`, that a certificate with this key is for.
fn suites_of(kind: KeyKind) -> u32 {
    match kind {
        KeyKind::Rsa | KeyKind::RsaPss => auth::RSA,
        KeyKind::Dsa => auth::DSS,
        KeyKind::Ec | KeyKind::Ed25519 | KeyKind::Ed448 => auth::ECDSA,
    }
}

/// The peer's own certificate, which was verified as the program wishes it.
pub struct AcceptedCertificate {
    certificate: Signatory,
    key: Key,
}

impl AcceptedCertificate {
    /// The connection's, if it has accepted the one with this encoding.
    pub fn of(connection: &Connection, der: &[u8]) -> Option<Self> {
        let chain = connection.peer_chain.borrow().clone().filter(|_| connection.peer_accepted.get())?;
        let certificate = chain.signatory().filter(|_| chain.der().next() == Some(der))?;
        let key = Key::of(&certificate)?;
        Some(Self { certificate, key })
    }

    /// Its `SubjectPublicKeyInfo`.
    pub fn key_info(&self) -> &[u8] {
        &self.key.info
    }

    /// Its key.
    pub fn public_key(&self) -> Option<PublicKey> {
        self.certificate.public_key()
    }
}

/// A group of which a key of a TLS 1.2 peer may be: of its certificate, or for the key exchange.
pub struct AcceptedGroup(());

impl AcceptedGroup {
    /// Whether both ends have the group, and security and Suite B allow it.
    pub fn check(connection: &Connection, id: u16) -> Result<Self, VerifyFailure> {
        let (suite, theirs) = {
            let negotiated = connection.negotiated.borrow();
            (negotiated.cipher, negotiated.peer_groups.clone())
        };
        let ours = {
            let settings = connection.settings.borrow();
            let fits_suite = settings.suite_b() == 0 || groups::suite_b_group(suite) == Some(id);
            fits_suite && settings.negotiable_groups().contains(&id)
        };
        if ours && connection.judge().allows_group(op::CURVE_CHECK, id) && (theirs.is_empty() || theirs.contains(&id)) {
            return Ok(Self(()));
        }
        refused(reason::WRONG_CURVE, alert::ILLEGAL_PARAMETER)
    }
}

/// A scheme in which the peer may sign with the key of its certificate.
pub struct AcceptedScheme<'a> {
    scheme: &'static Scheme,
    certificate: &'a AcceptedCertificate,
    tls13: bool,
}

impl<'a> AcceptedScheme<'a> {
    /// Whether the scheme fits the key and is one that the peer was offered. The order is
    /// OpenSSL's, as a failure says what it failed for.
    pub fn check(
        connection: &Connection,
        certificate: &'a AcceptedCertificate,
        code: u16,
    ) -> Result<Self, VerifyFailure> {
        let tls13 = connection.negotiated.borrow().version == TLS1_3;
        let Some(kind) = certificate.key.kind else {
            return refused(connection.reason_for_unknown_key(), alert::ILLEGAL_PARAMETER);
        };
        let Some(scheme) = Scheme::find(code).filter(|scheme| scheme.is_of(kind, tls13)) else {
            return refused(reason::WRONG_SIGNATURE_TYPE, alert::ILLEGAL_PARAMETER);
        };
        check_curve(connection, scheme, certificate.key.curve, tls13)?;
        // SHA-1 stands for what TLS 1.2 clients accept without saying so.
        let strict = connection.settings.borrow().cert_flags & SSL_CERT_FLAG_TLS_STRICT != 0;
        let offered = connection.offers_scheme(code) || scheme.is_sha1() && !strict;
        if !offered || !connection.judge().allows_sigalg(op::SIGALG_CHECK, code) {
            return refused(reason::WRONG_SIGNATURE_TYPE, alert::HANDSHAKE_FAILURE);
        }
        Ok(Self { scheme, certificate, tls13 })
    }

    /// The scheme.
    pub fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// The certificate with whose key is signed.
    pub fn certificate(&self) -> &AcceptedCertificate {
        self.certificate
    }

    /// Whether the signature is one of TLS 1.3, where a scheme is for one curve.
    pub fn is_tls13(&self) -> bool {
        self.tls13
    }
}

/// TLS 1.3 and Suite B bind a scheme to a curve; in TLS 1.2 the curve is one of the groups.
fn check_curve(
    connection: &Connection,
    scheme: &Scheme,
    curve: Option<Curve>,
    tls13: bool,
) -> Result<(), VerifyFailure> {
    const OF_SUITE_B: [u16; 2] = [0x0403, 0x0503];
    let suite_b = connection.settings.borrow().suite_b() != 0;
    if scheme.kind != KeyKind::Ec {
        return if suite_b { refused(reason::WRONG_SIGNATURE_TYPE, alert::HANDSHAKE_FAILURE) } else { Ok(()) };
    }
    if (tls13 || suite_b) && scheme.curve.is_some() && scheme.curve != curve {
        return refused(reason::WRONG_CURVE, alert::ILLEGAL_PARAMETER);
    }
    if tls13 {
        return Ok(());
    }
    AcceptedGroup::check(connection, curve.map_or(0, Curve::group))?;
    if suite_b && !OF_SUITE_B.contains(&scheme.code) {
        return refused(reason::WRONG_SIGNATURE_TYPE, alert::HANDSHAKE_FAILURE);
    }
    Ok(())
}

impl Connection {
    /// Whether the key of the peer's verified certificate is one for TLS, and for the suite.
    pub fn check_certificate_key(&self, certificate: Signatory) -> Result<(), VerifyFailure> {
        if certificate.public_key().is_none() {
            return match self.is_server() {
                true => refused(reason::UNKNOWN_CERTIFICATE_TYPE, alert::HANDSHAKE_FAILURE),
                false => refused(reason::UNABLE_TO_FIND_PUBLIC_KEY_PARAMETERS, alert::INTERNAL_ERROR),
            };
        }
        // Elsewhere the kind is judged with the scheme, which comes next.
        let Some(kinds) = self.suite_kinds().filter(|_| !self.is_server()) else { return Ok(()) };
        match Key::of(&certificate).and_then(|key| key.kind) {
            None => refused(self.reason_for_unknown_key(), alert::ILLEGAL_PARAMETER),
            Some(kind) if kinds & suites_of(kind) == 0 => {
                refused(reason::WRONG_CERTIFICATE_TYPE, alert::ILLEGAL_PARAMETER)
            }
            Some(_) => Ok(()),
        }
    }

    fn reason_for_unknown_key(&self) -> c_int {
        match self.is_server() {
            true => reason::SIGNATURE_FOR_NON_SIGNING_CERTIFICATE,
            false => reason::UNKNOWN_CERTIFICATE_TYPE,
        }
    }

    /// Whether a server's certificate is for signatures: of ECDSA's suites, and what goes with
    /// them, OpenSSL asks that whoever verifies the certificate, and however.
    pub fn check_signing_usage(&self) -> Result<(), VerifyFailure> {
        const DIGITAL_SIGNATURE: u32 = 0x80;
        let chain = self.peer_certificates().filter(|_| self.suite_kinds() == Some(auth::ECDSA));
        let certificate = chain.and_then(|chain| chain.signatory());
        if certificate.is_none_or(|certificate| certificate.key_usage() & DIGITAL_SIGNATURE != 0) {
            return Ok(());
        }
        err::raise(reason::ECC_CERT_NOT_FOR_SIGNING);
        refused(reason::BAD_ECC_CERT, alert::HANDSHAKE_FAILURE)
    }

    /// With what keys servers sign in the suite of TLS 1.2, `auth::*`; `None` in TLS 1.3.
    fn suite_kinds(&self) -> Option<u32> {
        let negotiated = self.negotiated.borrow();
        let suite = cipher::by_code_point(negotiated.cipher)?;
        (negotiated.version != TLS1_3).then_some(suite.auth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_keys_are_known_by_their_names() {
        let info = |algorithm: &[u8]| {
            let inner = [&[0x30, algorithm.len() as u8], algorithm, &[3, 2, 0, 4]].concat();
            [&[0x30, inner.len() as u8][..], &inner].concat()
        };
        let p256 = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
        let secp256k1 = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a";
        assert_eq!(usual_key(&info(p256)), Some((KeyKind::Ec, Some(Curve::P256))));
        assert_eq!(usual_key(&info(b"\x06\x03\x2b\x65\x70")), Some((KeyKind::Ed25519, None)));
        assert_eq!(usual_key(&info(secp256k1)), None);
        assert_eq!(usual_key(&[]), None);
    }
}
