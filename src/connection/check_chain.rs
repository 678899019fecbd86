//! Whether a chain of ours would do for a handshake: `SSL_check_chain(3)`, and what is asked of
//! our own chains under strict rules, which Suite B implies.

use libc::c_int;

use super::Connection;
use super::handshake::TLS1_3;
use crate::context::identity::Slot;
use crate::context::sigalgs;
use crate::engine::signature::{Curve, KeyTraits, Scheme};
use crate::libcrypto::evp::{EvpPkey, KeyKind};
use crate::libcrypto::stack::X509Stack;
use crate::libcrypto::x509::{Name, X509};

/// `CERT_PKEY_*`
const VALID: c_int = 0x1;
const SIGN: c_int = 0x2;
const EE_SIGNATURE: c_int = 0x10;
const CA_SIGNATURE: c_int = 0x20;
const EE_PARAM: c_int = 0x40;
const CA_PARAM: c_int = 0x80;
const EXPLICIT_SIGN: c_int = 0x100;
const ISSUER_NAME: c_int = 0x200;
const CERT_TYPE: c_int = 0x400;
const SUITE_B: c_int = 0x800;
/// `SSL_CERT_FLAG_TLS_STRICT`
const STRICT: u32 = 1;

impl Connection {
    /// The answer of `SSL_check_chain`. Before the peer has said what signatures it accepts, a
    /// TLS 1.2 peer that says nothing is thought of, who accepts SHA-1.
    pub fn check_chain(&self, certificate: &X509, key: &EvpPkey, chain: Option<&X509Stack>) -> c_int {
        let Some(kind) = key.kind() else {
            return 0;
        };
        let serves = self.is_server();
        let issuers: Vec<_> = chain.iter().flat_map(|chain| chain.iter()).collect();
        let shared = self.shared_sigalgs();
        let mut flags = 0;
        if shared.iter().any(|id| key_kind_of(*id, is_tls13(self)) == Some(kind)) {
            flags |= SIGN | EXPLICIT_SIGN;
        }
        if let Some(accepted) = signed_as_accepted(self, kind, &shared) {
            let end = if is_tls13(self) { fits_tls13(self, &shared, certificate, key) } else { accepted(certificate) };
            if end {
                flags |= EE_SIGNATURE;
            }
            if issuers.iter().all(accepted) {
                flags |= CA_SIGNATURE;
            }
        }
        if has_known_curve(self, certificate) {
            flags |= EE_PARAM;
        }
        if !serves || issuers.iter().all(|issuer| has_known_curve(self, issuer)) {
            flags |= CA_PARAM;
        }
        if serves || has_wanted_type(self, kind) {
            flags |= CERT_TYPE;
        }
        let names: Vec<_> = {
            let names = self.peer_authorities.borrow();
            names.iter().flatten().filter_map(|der| Name::from_der(der)).collect()
        };
        let issued = |x509: &X509| names.iter().any(|name| x509.is_issued_by(name));
        if serves || names.is_empty() || issued(certificate) || issuers.iter().any(issued) {
            flags |= ISSUER_NAME;
        }
        let level = self.settings.borrow().suite_b();
        if level != 0 && certificate.is_suite_b(chain, level) {
            flags |= SUITE_B;
        }
        let wanted = match self.strict_rules() {
            None => EE_SIGNATURE | EE_PARAM,
            Some(rules) => rules,
        };
        if flags & wanted == wanted { flags | VALID } else { flags }
    }

    /// Whether a slot's chain keeps to strict rules, if the program has set them. OpenSSL does not
    /// ask this of a TLS 1.3 server's.
    pub fn keeps_strict_rules(&self, slot: &Slot) -> bool {
        match (self.strict_rules(), slot.certificate(), slot.key()) {
            (None, ..) => true,
            (Some(_), Some(certificate), Some(key)) => {
                self.check_chain(certificate, key, slot.chain().map(|chain| &**chain)) & VALID != 0
            }
            _ => false,
        }
    }

    /// Whether the peer, if it has said how certificates may be signed, accepts this one.
    pub fn accepts_signature_of(&self, certificate: &X509) -> bool {
        let accepted = &self.negotiated.borrow().peer_cert_sigalgs;
        accepted.is_empty() || {
            let (hash, signature, _) = certificate.signature_info();
            let is_it = |&id: &u16| sigalgs::by_id(id).is_some_and(|it| it.hash == hash && it.signature == signature);
            accepted.iter().any(is_it)
        }
    }

    /// What of a chain must hold under strict rules.
    fn strict_rules(&self) -> Option<c_int> {
        let settings = self.settings.borrow();
        let suite_b = if settings.suite_b() != 0 { SUITE_B } else { 0 };
        let strict = settings.cert_flags & STRICT != 0 || suite_b != 0;
        let rules = EE_SIGNATURE | EE_PARAM | CA_SIGNATURE | CA_PARAM | ISSUER_NAME | CERT_TYPE;
        strict.then_some(rules | suite_b)
    }

    /// The signature algorithms that both ends accept, in the order of the end that decides.
    pub fn shared_sigalgs(&self) -> Vec<u16> {
        const OP_CIPHER_SERVER_PREFERENCE: u64 = 1 << 22;
        let suite_b = self.settings.borrow().suite_b() != 0;
        // The program may be asked about those of Suite B, and change what it likes meanwhile.
        let of_suite_b = suite_b.then(|| self.own_sigalgs());
        let settings = self.settings.borrow();
        let ours = of_suite_b.unwrap_or_else(|| {
            let of_clients = settings.client_sigalgs.as_ref().filter(|_| !self.is_server());
            let ours = of_clients.or(settings.sigalgs.as_ref()).map_or(sigalgs::DEFAULT, |list| list);
            ours.iter().copied().filter(|id| sigalgs::is_supported(*id)).collect()
        });
        let theirs = &self.negotiated.borrow().peer_sigalgs;
        let decide = suite_b || settings.options & OP_CIPHER_SERVER_PREFERENCE != 0;
        let (first, second) = if decide { (&ours, theirs) } else { (theirs, &ours) };
        first.iter().copied().filter(|id| second.contains(id)).collect()
    }
}

/// Whether the handshake has come to TLS 1.3.
fn is_tls13(ssl: &Connection) -> bool {
    ssl.negotiated.borrow().version == TLS1_3
}

/// Who says whether a certificate is signed as the peer accepts it, for a key of this kind.
/// `None` where nothing is: the peer said nothing, and what it then accepts is not among
/// the configured algorithms.
fn signed_as_accepted(ssl: &Connection, kind: KeyKind, shared: &[u16]) -> Option<impl Fn(&X509) -> bool + use<>> {
    let negotiated = ssl.negotiated.borrow();
    let for_certificates = &negotiated.peer_cert_sigalgs;
    let accepted = if !negotiated.peer_sigalgs.is_empty() || !for_certificates.is_empty() {
        Some(if is_tls13(ssl) && !for_certificates.is_empty() { for_certificates.clone() } else { shared.to_vec() })
    } else {
        // The RFC's algorithm of SHA-1, of the kinds of keys that have one.
        let sha1 = match kind {
            KeyKind::Rsa => Some(0x0201),
            KeyKind::Dsa => Some(0x0202),
            KeyKind::Ec => Some(0x0203),
            _ => None,
        };
        let configured = ssl.settings.borrow().sigalgs.clone();
        match (sha1, configured) {
            (Some(sha1), Some(configured)) if !configured.contains(&sha1) => return None,
            (sha1, _) => sha1.map(|sha1| vec![sha1]),
        }
    };
    let accepted: Option<Vec<c_int>> =
        accepted.map(|ids| ids.iter().filter_map(|id| sigalgs::by_id(*id)).map(|known| known.both).collect());
    Some(move |x509: &X509| accepted.as_ref().is_none_or(|nids| nids.contains(&x509.signature_nid())))
}

/// Whether the key can sign a TLS 1.3 handshake as the peer accepts it, with a certificate that
/// is signed as the peer accepts those, if it said so.
fn fits_tls13(ssl: &Connection, shared: &[u16], certificate: &X509, key: &EvpPkey) -> bool {
    let Some(traits) = KeyTraits::of(key) else { return false };
    let fits =
        |id: &u16| Scheme::find(*id).is_some_and(|scheme| scheme.kind == traits.kind && scheme.fits(&traits, true));
    ssl.accepts_signature_of(certificate) && shared.iter().filter(|id| key_kind_of(**id, true).is_some()).any(fits)
}

/// Whether a certificate of an EC key is on a curve that the peer takes; of a client's, one that
/// we take. Other keys have no curve.
fn has_known_curve(ssl: &Connection, certificate: &X509) -> bool {
    let Some(key) = certificate.public_key() else { return false };
    if key.kind() != Some(KeyKind::Ec) {
        return true;
    }
    let Some(curve) = Curve::of(&key) else { return false };
    if !ssl.is_server() {
        return ssl.settings.borrow().negotiable_groups().contains(&curve.group());
    }
    let offered = &ssl.negotiated.borrow().peer_groups;
    offered.is_empty() || offered.contains(&curve.group())
}

/// Whether a server of TLS 1.2 has asked for certificates of this kind; of kinds that have no
/// number there, any will do.
fn has_wanted_type(ssl: &Connection, kind: KeyKind) -> bool {
    let number = match kind {
        KeyKind::Rsa => 1,
        KeyKind::Dsa => 2,
        KeyKind::Ec => 64,
        _ => return true,
    };
    ssl.negotiated.borrow().certificate_types.as_ref().is_some_and(|types| types.contains(&number))
}

/// Which kind of key makes signatures of this algorithm, if the version has them.
fn key_kind_of(id: u16, tls13: bool) -> Option<KeyKind> {
    match id {
        0x0807 => Some(KeyKind::Ed25519),
        0x0808 => Some(KeyKind::Ed448),
        0x0809..=0x080b => Some(KeyKind::RsaPss),
        0x0804..=0x0806 => Some(KeyKind::Rsa),
        id => match id & 0xff {
            1 if !tls13 => Some(KeyKind::Rsa),
            2 => Some(KeyKind::Dsa),
            3 => Some(KeyKind::Ec),
            _ => None,
        },
    }
}
