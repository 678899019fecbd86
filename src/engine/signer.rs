//! Our own handshake signatures, and which certificate goes with them.
//!
//! A key that libcrypto can export signs in aws-lc-rs; one that an engine or a
//! provider keeps to itself, or that aws-lc-rs refuses, signs in libcrypto.

use std::fmt::{self, Debug, Formatter};
use std::sync::{Arc, PoisonError};

use libc::c_int;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{ContentType, Error, SignatureAlgorithm, SignatureScheme};

use super::current;
use super::deep::DeepSigner;
use super::signature::{KeyTraits, Scheme};
use super::transcript::on_the_wire;
use crate::connection::{Connection, Role};
use crate::context::identity::{Identity, Slot};
use crate::libcrypto::err;
use crate::libcrypto::evp::{EvpPkey, KeyKind};
use crate::libcrypto::export::PrivateKey;
use crate::libcrypto::stack::X509Stack;
use crate::libcrypto::store::{Verification, X509Store};
use crate::libcrypto::x509::X509;
use crate::reason;
use crate::sync::{Made, Mutex};

const TLS1_2: u16 = 0x0303;
/// `SSL_OP_CIPHER_SERVER_PREFERENCE`
const CIPHER_SERVER_PREFERENCE: u64 = 1 << 22;
/// `SSL_MODE_NO_AUTO_CHAIN`
const NO_AUTO_CHAIN: u32 = 8;
const HANDSHAKE_FAILURE: u8 = 40;
const INTERNAL_ERROR: u8 = 80;

/// Why there is no certificate: (reason, alert).
pub type Failure = (c_int, u8);

/// The signing half of a certificate slot, made when it is first used.
#[derive(Default)]
pub struct Signer {
    key: Made<Option<Arc<dyn SigningKey>>>,
    traits: Made<Option<KeyTraits>>,
    certified: Mutex<Option<(Source, Arc<CertifiedKey>)>>,
}

/// Where the certificates behind a slot's own come from.
#[derive(Clone)]
enum Source {
    /// Configured.
    Given(Arc<X509Stack>),
    /// Built from a store that has this many objects.
    Built(X509Store, usize),
    /// There are none.
    None,
}

impl Source {
    fn of(slot: &Slot, identity: &Identity, connection: &Connection) -> Self {
        let context = connection.context.borrow().clone();
        if let Some(chain) = slot.chain().cloned().or_else(|| context.trust.extra_chain()) {
            return Self::Given(chain);
        }
        if connection.settings.borrow().mode & NO_AUTO_CHAIN != 0 {
            return Self::None;
        }
        let store = identity.chain_store.clone().unwrap_or_else(|| context.trust.store());
        let size = store.object_count();
        Self::Built(store, size)
    }

    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Given(one), Self::Given(other)) => Arc::ptr_eq(one, other),
            (Self::Built(one, size), Self::Built(other, other_size)) => {
                one.as_ptr() == other.as_ptr() && size == other_size
            }
            (Self::None, Self::None) => true,
            _ => false,
        }
    }

    /// The certificates to send, the slot's own first.
    fn chain(&self, certificate: &X509) -> Vec<X509> {
        let own = std::iter::once(certificate.clone());
        match self {
            Self::None => own.collect(),
            Self::Given(chain) => own.chain(chain.iter()).collect(),
            Self::Built(store, _) => {
                // How far the chain goes is all that matters here: whether it
                // verifies is for the peer to find out.
                err::set_mark();
                let verification = Verification::new(store.clone(), certificate.clone(), None, &current::library());
                let built = verification.and_then(|verification| {
                    verification.verify();
                    verification.chain()
                });
                err::pop_to_mark();
                built.map_or_else(|| own.collect(), |chain| chain.iter().collect())
            }
        }
    }
}

impl Debug for Signer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

/// The slot's certificate, chain and key in rustls's form.
fn certified_key(slot: &Slot, identity: &Identity, connection: &Connection) -> Result<Arc<CertifiedKey>, Failure> {
    let (Some(certificate), Some(key)) = (slot.certificate(), slot.key()) else {
        return Err((err::ERR_R_INTERNAL_ERROR, INTERNAL_ERROR));
    };
    let source = Source::of(slot, identity, connection);
    let signer = slot.signer();
    let known = signer.certified.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if let Some((_, certified)) = known.filter(|(known, _)| known.same(&source)) {
        return Ok(certified);
    }
    let chain = source.chain(certificate);
    connection.judge().check_chain(&chain).map_err(|reason| (reason, INTERNAL_ERROR))?;
    let signing = signer.key.get_or_make(|| signing_key(key)).clone();
    let signing = signing.ok_or((reason::UNKNOWN_CERTIFICATE_TYPE, INTERNAL_ERROR))?;
    let der = chain.iter().map(|certificate| CertificateDer::from(certificate.to_der())).collect();
    let certified = Arc::new(CertifiedKey::new(der, signing));
    let new = Some((source, certified.clone()));
    let old = std::mem::replace(&mut *signer.certified.lock().unwrap_or_else(PoisonError::into_inner), new);
    // Freeing certificates may run a program's callback: not under the lock.
    drop(old);
    Ok(certified)
}

/// What the slot's key is for, asked once.
fn traits(slot: &Slot) -> Option<KeyTraits> {
    let key = slot.key()?;
    *slot.signer().traits.get_or_make(|| KeyTraits::of(key))
}

fn signing_key(key: &EvpPkey) -> Option<Arc<dyn SigningKey>> {
    let traits = KeyTraits::of(key)?;
    Some(Arc::new(Key { traits, key: key.clone(), quick: quick_key(key) }))
}

/// The key in aws-lc-rs, if it is to be had.
fn quick_key(key: &EvpPkey) -> Option<Arc<dyn SigningKey>> {
    let exported = if key.has_own_method() { None } else { key.export() };
    let der = match exported.as_ref()? {
        PrivateKey::Rsa(der) => PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(&der[..])),
        PrivateKey::Pkcs8(der) => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(&der[..])),
    };
    any_supported_type(&der).ok()
}

/// A private key of ours.
#[derive(Debug)]
struct Key {
    traits: KeyTraits,
    key: EvpPkey,
    /// The same key in aws-lc-rs.
    quick: Option<Arc<dyn SigningKey>>,
}

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn rustls::sign::Signer>> {
        let connection = current::connection()?;
        let tls13 = connection.negotiated.borrow().version != TLS1_2;
        let curve_counts = tls13 || connection.settings.borrow().suite_b() != 0;
        let scheme = preferred(&connection, offered)
            .into_iter()
            .filter_map(Scheme::find)
            .find(|scheme| scheme.fits(&self.traits, curve_counts))?;
        connection.negotiated.borrow_mut().signature = scheme.code;
        let code = SignatureScheme::from(scheme.code);
        let quick = self.quick.as_ref().and_then(|quick| quick.choose_scheme(&[code]));
        let signer: Box<dyn rustls::sign::Signer> = match quick {
            Some(quick) => Box::new(DeepSigner(quick)),
            None => Box::new(LibcryptoSigner { key: self.key.clone(), scheme }),
        };
        // What a TLS 1.2 client signs is the handshake itself.
        let signs_messages = !tls13 && !connection.is_server() && connection.rewrites.is_active();
        Some(if signs_messages { Box::new(WireSigner(signer)) } else { signer })
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        match self.traits.kind {
            KeyKind::Rsa | KeyKind::RsaPss => SignatureAlgorithm::RSA,
            KeyKind::Dsa => SignatureAlgorithm::DSA,
            KeyKind::Ec => SignatureAlgorithm::ECDSA,
            KeyKind::Ed25519 => SignatureAlgorithm::ED25519,
            KeyKind::Ed448 => SignatureAlgorithm::ED448,
        }
    }
}

/// Signs handshake messages as they travelled.
#[derive(Debug)]
struct WireSigner(Box<dyn rustls::sign::Signer>);

impl rustls::sign::Signer for WireSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        match on_the_wire(message) {
            Some(wire) => self.0.sign(&wire),
            None => self.0.sign(message),
        }
    }

    fn scheme(&self) -> SignatureScheme {
        self.0.scheme()
    }
}

/// Signs with a key that only libcrypto can use.
#[derive(Debug)]
struct LibcryptoSigner {
    key: EvpPkey,
    scheme: &'static Scheme,
}

impl rustls::sign::Signer for LibcryptoSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.key.sign(self.scheme.algorithm, message, &current::library());
        signature.ok_or_else(|| {
            current::with(|connection| {
                let tls12_server = connection.is_server() && connection.negotiated.borrow().version == TLS1_2;
                let reason = if tls12_server { err::ERR_R_INTERNAL_ERROR } else { err::ERR_R_EVP_LIB };
                connection.failure.set(Some((reason, INTERNAL_ERROR)));
                connection.tap.alert_override.set(Some(INTERNAL_ERROR));
            });
            // Of the errors that may come from here, the one for which rustls sends an alert.
            Error::InappropriateMessage { expect_types: Vec::new(), got_type: ContentType::Handshake }
        })
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme.code.into()
    }
}

/// The schemes that both sides accept, in order of preference: the peer's
/// order, unless we are a server that insists on its own.
fn preferred(connection: &Connection, offered: &[SignatureScheme]) -> Vec<u16> {
    let ours = connection.own_sigalgs();
    let offered: Vec<u16> = offered.iter().copied().map(u16::from).collect();
    if connection.settings.borrow().options & CIPHER_SERVER_PREFERENCE != 0 {
        return ours.into_iter().filter(|code| offered.contains(code)).collect();
    }
    // rustls gives a TLS 1.2 server the list in its own order.
    let theirs = connection.negotiated.borrow().peer_sigalgs.clone();
    let theirs = if connection.role.get() == Role::Server && !theirs.is_empty() { theirs } else { offered.clone() };
    theirs.into_iter().filter(|code| offered.contains(code) && ours.contains(code)).collect()
}

/// The certificate that this server shows to a client that accepts `schemes`.
pub fn choose_server(connection: &Connection, schemes: &[SignatureScheme]) -> Result<Arc<CertifiedKey>, Failure> {
    let identity = connection.settings.borrow().identity.clone();
    let tls13 = connection.negotiated.borrow().version != TLS1_2;
    // Of Suite B too, a scheme is for one curve.
    let curve_counts = tls13 || connection.settings.borrow().suite_b() != 0;
    let usable: Vec<KeyKind> = preferred(connection, schemes)
        .into_iter()
        .filter_map(Scheme::find)
        .filter(|scheme| {
            let slot = identity.slot(scheme.kind);
            // rustls has no RSA-PSS keys in TLS 1.2.
            let known = tls13 || scheme.kind != KeyKind::RsaPss && curve_is_known(connection, slot, scheme.kind);
            let fits =
                known && is_usable(connection, slot) && traits(slot).is_some_and(|key| scheme.fits(&key, curve_counts));
            fits && (tls13 || connection.keeps_strict_rules(slot))
        })
        .map(|scheme| scheme.kind)
        .collect();
    let kind = if tls13 {
        usable.first().copied()
    } else {
        wants_rsa(connection, &identity, &usable).and_then(|rsa| usable.into_iter().find(|&kind| is_rsa(kind) == rsa))
    };
    let kind = kind.ok_or_else(|| (why_none(connection, tls13), HANDSHAKE_FAILURE))?;
    let certified = use_slot(connection, &identity, kind)?;
    connection.negotiated.borrow_mut().certificate = Some(kind);
    match connection.response_to_staple() {
        Ok(None) => Ok(certified),
        Ok(response) => Ok(Arc::new(CertifiedKey { ocsp: response, ..(*certified).clone() })),
        Err(failure) => Err((failure.reason, failure.alert)),
    }
}

/// Whether a slot has what it takes, with a certificate that is signed as the peer accepts it.
fn is_usable(connection: &Connection, slot: &Slot) -> bool {
    let certificate = slot.certificate().filter(|_| slot.is_complete());
    certificate.is_some_and(|certificate| connection.accepts_signature_of(certificate))
}

/// Why no certificate fits a client. OpenSSL looks at the client's signature
/// algorithms, at the suites, and for a certificate, in this order; in TLS 1.2
/// a suite needs the certificate.
fn why_none(connection: &Connection, tls13: bool) -> c_int {
    let (ours, theirs) = (connection.own_sigalgs(), connection.negotiated.borrow().peer_sigalgs.clone());
    if !theirs.is_empty() && !theirs.iter().any(|scheme| ours.contains(scheme)) {
        return reason::NO_SHARED_SIGNATURE_ALGORITHMS;
    }
    let (ours, theirs) = (connection.allowed_ciphers(), connection.negotiated.borrow().client_ciphers.clone());
    let by_certificate = !connection.negotiated.borrow().peer_cert_sigalgs.is_empty();
    let suite_in_common = ours.iter().any(|suite| suite >> 8 == 0x13 && theirs.contains(suite));
    if by_certificate || tls13 && suite_in_common {
        reason::NO_SUITABLE_SIGNATURE_ALGORITHM
    } else {
        reason::NO_SHARED_CIPHER
    }
}

/// Whether the suite that TLS 1.2 will agree upon wants an RSA certificate (or
/// else an ECDSA one): OpenSSL chooses the suite before the certificate. `None`
/// when there is no suite for the `usable` ones.
fn wants_rsa(connection: &Connection, identity: &Identity, usable: &[KeyKind]) -> Option<bool> {
    let (ours, theirs) = (connection.allowed_ciphers(), connection.negotiated.borrow().client_ciphers.clone());
    let (ours, theirs) = (&ours[..], &theirs[..]);
    let server_first = connection.settings.borrow().options & CIPHER_SERVER_PREFERENCE != 0;
    let (first, second) = if server_first { (ours, theirs) } else { (theirs, ours) };
    let rsa = usable.iter().any(|&kind| is_rsa(kind));
    let ecdsa = usable.iter().any(|&kind| !is_rsa(kind) && identity.slot(kind).makes_suites_usable(kind));
    first.iter().filter(|suite| second.contains(suite)).find_map(|&suite| match suite {
        0xc02f | 0xc030 | 0xcca8 if rsa => Some(true),
        0xc02b | 0xc02c | 0xcca9 if ecdsa => Some(false),
        _ => None,
    })
}

/// Whether a TLS 1.2 client knows the curve of an ECDSA key.
fn curve_is_known(connection: &Connection, slot: &Slot, kind: KeyKind) -> bool {
    if kind != KeyKind::Ec || connection.negotiated.borrow().peer_groups.is_empty() {
        return true;
    }
    let curve = traits(slot).and_then(|key| key.curve);
    curve.is_some_and(|curve| connection.negotiated.borrow().peer_groups.contains(&curve.group()))
}

fn is_rsa(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa | KeyKind::RsaPss)
}

/// The certificate that this client shows to a server that accepts `schemes`;
/// `None` to go without one. Callbacks of the program run inside.
pub fn choose_client(
    connection: &Connection,
    schemes: &[SignatureScheme],
) -> Result<Option<Arc<CertifiedKey>>, Failure> {
    connection
        .prepare_client_certificate(&|connection| client_slot(connection, schemes).is_some())
        .map_err(|failure| (failure.reason, failure.alert))?;
    match client_slot(connection, schemes) {
        Some(kind) => {
            let identity = connection.settings.borrow().identity.clone();
            use_slot(connection, &identity, kind).map(Some)
        }
        None => Ok(None),
    }
}

/// TLS 1.3 looks at all slots, TLS 1.2 at the current one only.
fn client_slot(connection: &Connection, schemes: &[SignatureScheme]) -> Option<KeyKind> {
    let identity = connection.settings.borrow().identity.clone();
    let tls13 = connection.negotiated.borrow().version != TLS1_2;
    preferred(connection, schemes).into_iter().filter_map(Scheme::find).find_map(|scheme| {
        let slot = identity.slot(scheme.kind);
        let considered = tls13 || scheme.kind == identity.current_kind();
        let fits = is_usable(connection, slot) && traits(slot).is_some_and(|key| scheme.fits(&key, tls13));
        (considered && fits && connection.keeps_strict_rules(slot)).then_some(scheme.kind)
    })
}

fn use_slot(connection: &Connection, identity: &Identity, kind: KeyKind) -> Result<Arc<CertifiedKey>, Failure> {
    let certified = certified_key(identity.slot(kind), identity, connection)?;
    if identity.current_kind() != kind {
        let mut settings = connection.settings.borrow_mut();
        Arc::make_mut(&mut settings.identity).set_current_kind(kind);
    }
    Ok(certified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libcrypto::export::tests::generate;
    use crate::libcrypto::library::Library;

    #[test]
    fn aws_lc_signs_with_what_libcrypto_made() {
        const SHA256: Option<&std::ffi::CStr> = Some(c"SHA256");
        for (kind, of, scheme, digest) in [
            (c"RSA", c"2048", SignatureScheme::RSA_PKCS1_SHA256, SHA256),
            (c"RSA", c"3072", SignatureScheme::RSA_PKCS1_SHA256, SHA256),
            (c"EC", c"P-256", SignatureScheme::ECDSA_NISTP256_SHA256, SHA256),
            (c"EC", c"P-384", SignatureScheme::ECDSA_NISTP384_SHA384, Some(c"SHA384")),
            (c"EC", c"P-521", SignatureScheme::ECDSA_NISTP521_SHA512, Some(c"SHA512")),
            (c"ED25519", c"", SignatureScheme::ED25519, None),
        ] {
            let key = generate(kind, of);
            let signer = quick_key(&key).unwrap().choose_scheme(&[scheme]).unwrap();
            let signature = signer.sign(b"message").unwrap();
            let algorithm = crate::libcrypto::evp::Algorithm { digest, pss: false };
            assert!(key.verify(algorithm, b"message", &signature, &Library::default()), "{kind:?} {of:?}");
        }
        assert!(generate(c"EC", c"secp256k1").export().is_none());
        assert!(generate(c"ED448", c"").export().is_none());
    }
}
