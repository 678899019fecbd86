//! The certificates of peers: the program's objects, and what stands for them while no
//! program looks.
//!
//! In OpenSSL a connection's certificates are its own, and its session's. So are the
//! objects here that a program can reach; they are made when one first can.

mod known;

use std::sync::Arc;

use once_cell::sync::Lazy;

use super::err;
use super::evp::PublicKey;
use super::library::Library;
use super::stack::X509Stack;
use super::sys::{X509 as X509_C, stack_st_X509};
use super::x509::X509;
use crate::sync::OnceLock;
use known::{Known, Met};

/// What is wrong with the bytes of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flaw {
    /// libcrypto can't decode them, and has said so on the error queue.
    Malformed,
    /// Something follows the certificate.
    TrailingBytes,
}

/// A peer's certificate.
pub struct PeerCertificate {
    der: Arc<[u8]>,
    /// Its like, where it is shared.
    known: Option<Known>,
    /// The program's object.
    own: OnceLock<X509>,
    library: Library,
}

/// Puts what `make` makes into an empty cell. It is made before, not while others wait for it:
/// it may run a callback of the program's, which may look here.
fn publish<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Option<T>) -> Option<&T> {
    if cell.get().is_none() {
        // In a race of two the later one is dropped.
        drop(cell.set(make()?));
    }
    cell.get()
}

/// Whether a certificate is the same for all who read these bytes, also later: they are DER, and
/// its key could be decoded.
fn is_worth_sharing(x509: &X509, der: &[u8]) -> bool {
    err::set_mark();
    // Parameters that are missing libcrypto copies from the chain that it verifies.
    let has_key = x509.public_key().is_some_and(|key| !key.is_missing_parameters());
    err::pop_to_mark();
    has_key && x509.to_der() == der
}

impl PeerCertificate {
    /// The certificate that a peer has sent.
    pub fn received(der: &[u8], library: &Library) -> Result<Self, Flaw> {
        Self::met(der, library, || {
            let (x509, used) = X509::decode(der, library).ok_or(Flaw::Malformed)?;
            if used == der.len() { Ok(x509) } else { Err(Flaw::TrailingBytes) }
        })
    }

    /// A certificate of which only the object is there.
    pub(super) fn of(own: X509) -> Self {
        let der = own.to_der().into();
        Self { der, known: None, own: OnceLock::from(own), library: Library::default() }
    }

    /// The certificate with these bytes, of which `decode` makes an object if it must.
    pub(super) fn met<E>(der: &[u8], library: &Library, decode: impl FnOnce() -> Result<X509, E>) -> Result<Self, E> {
        let of = |der, known, own| Self { der, known, own, library: library.clone() };
        // What another library's algorithms have made is not for all.
        let (bytes, met) = if library.is_default() { known::meet(der) } else { (None, Met::First) };
        if let (Some(bytes), Met::Known(known)) = (&bytes, &met) {
            return Ok(of(bytes.clone(), Some(known.clone()), OnceLock::new()));
        }
        let x509 = decode()?;
        let bytes = bytes.unwrap_or_else(|| der.into());
        if !library.is_default() || !is_worth_sharing(&x509, der) {
            return Ok(of(bytes, None, OnceLock::from(x509)));
        }
        if matches!(met, Met::First) {
            known::remember(&bytes, None);
            return Ok(of(bytes, None, OnceLock::from(x509)));
        }
        let known = known::share(x509);
        known::remember(&bytes, Some(known.clone()));
        Ok(of(bytes, Some(known), OnceLock::new()))
    }

    /// The program's object; `None` when memory runs out.
    pub fn own(&self) -> Option<&X509> {
        publish(&self.own, || X509::from_der(&self.der, &self.library))
    }

    /// Its bytes, as they came.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its encoding: what a program made of it, if it did.
    pub fn encoding(&self) -> Vec<u8> {
        self.own.get().map_or_else(|| self.der.to_vec(), X509::to_der)
    }

    /// The object that is verified where no program can look: the program's, which it may have
    /// changed, only where there is one.
    fn unseen(&self) -> Option<X509> {
        self.own.get().cloned().or_else(|| self.known.as_ref().map(Known::reference))
    }
}

/// A certificate by whose key a peer's signatures are verified: it may be shared, and shows no
/// object.
pub struct Signatory(Holder);

enum Holder {
    Own(X509),
    Shared(Known),
}

impl Signatory {
    /// Its `SubjectPublicKeyInfo`, encoded.
    pub fn public_key_info(&self) -> Vec<u8> {
        match &self.0 {
            Holder::Own(x509) => x509.public_key_info(),
            Holder::Shared(known) => known.public_key_info(),
        }
    }

    /// What its key is for, by its key usage: all bits are set where it says nothing.
    pub fn key_usage(&self) -> u32 {
        match &self.0 {
            Holder::Own(x509) => x509.key_usage(),
            Holder::Shared(known) => known.key_usage(),
        }
    }

    /// Its public key; `None` with an error on the queue when libcrypto can't make one of it.
    pub fn public_key(&self) -> Option<PublicKey> {
        match &self.0 {
            Holder::Own(x509) => x509.public_key().map(PublicKey::new),
            Holder::Shared(known) => known.public_key(),
        }
    }
}

/// The certificates of a peer, its own first. Sessions and connections share
/// one; libcrypto's objects are made when somebody asks for them, and keep
/// their addresses from then on.
#[derive(Default)]
pub struct PeerChain {
    certificates: Box<[PeerCertificate]>,
    leaf_only: bool,
    all: OnceLock<X509Stack>,
    issuers: OnceLock<X509Stack>,
}

impl PeerChain {
    /// A chain that a peer has sent.
    pub fn received(chain: &[Vec<u8>], library: &Library) -> Result<Self, Flaw> {
        chain.iter().map(|der| PeerCertificate::received(der, library)).collect::<Result<_, _>>().map(Self::new)
    }

    /// A chain of these.
    pub fn new(certificates: Box<[PeerCertificate]>) -> Self {
        Self { certificates, ..Self::default() }
    }

    /// The peer's own certificate, of a chain that is not known: what an
    /// encoded session has.
    pub fn leaf_only(leaf: PeerCertificate) -> Self {
        Self { leaf_only: true, ..Self::new(Box::new([leaf])) }
    }

    /// Whether the peer's chain is known.
    pub fn is_complete(&self) -> bool {
        !self.leaf_only
    }

    /// The chain of a peer that sent none: one for all who need it.
    pub fn none() -> Arc<Self> {
        static NONE: Lazy<Arc<PeerChain>> = Lazy::new(Arc::default);
        NONE.clone()
    }

    /// The chain of a client that was asked and has none: it is shown, and empty.
    pub fn refused() -> Arc<Self> {
        Arc::new(Self { issuers: X509Stack::new().map(OnceLock::from).unwrap_or_default(), ..Self::default() })
    }

    /// The bytes of each, the peer's own first.
    pub fn der(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.certificates.iter().map(PeerCertificate::der)
    }

    /// Whether the peer sent no certificate.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// All certificates, for the program; `None` when there is none.
    pub fn stack(&self) -> Option<&X509Stack> {
        publish(&self.all, || if self.is_empty() { None } else { self.program_stack(0) })
    }

    /// All but the peer's own: what a server's `SSL_get_peer_cert_chain` shows.
    pub fn issuers(&self) -> Option<&X509Stack> {
        publish(&self.issuers, || if self.is_empty() { None } else { self.program_stack(1) })
    }

    fn program_stack(&self, from: usize) -> Option<X509Stack> {
        let mut stack = X509Stack::new()?;
        self.certificates[from..]
            .iter()
            .all(|one| one.own().is_some_and(|x509| stack.push(x509.clone())))
            .then_some(stack)
    }

    /// The peer's own certificate, for the program.
    pub fn leaf(&self) -> Option<X509> {
        self.own(0)
    }

    /// A certificate, for the program.
    pub(super) fn own(&self, at: usize) -> Option<X509> {
        self.certificates.get(at)?.own().cloned()
    }

    /// All certificates as they are verified where no program can look.
    pub(super) fn unseen(&self) -> Option<UnseenStack> {
        let mut stack = X509Stack::new()?;
        let complete = self.certificates.iter().all(|one| one.unseen().is_some_and(|x509| stack.push(x509)));
        (complete && !stack.is_empty()).then_some(UnseenStack(stack))
    }

    /// The encoding of the peer's own certificate, which a program may have changed.
    pub fn leaf_encoding(&self) -> Option<Vec<u8>> {
        self.certificates.first().map(PeerCertificate::encoding)
    }

    /// The peer's own certificate, for its signatures.
    pub fn signatory(&self) -> Option<Signatory> {
        let leaf = self.certificates.first()?;
        let own = leaf.own.get().cloned().map(Holder::Own);
        own.or_else(|| leaf.known.clone().map(Holder::Shared)).map(Signatory)
    }
}

/// Certificates of which some are shared: they are not for a program.
pub(super) struct UnseenStack(X509Stack);

impl UnseenStack {
    /// The C pointer; a borrow.
    pub(super) fn as_ptr(&self) -> *mut stack_st_X509 {
        self.0.as_ptr()
    }

    /// The pointer of each certificate; borrows.
    pub(super) fn pointers(&self) -> Vec<*mut X509_C> {
        self.0.iter().map(|x509| x509.as_ptr()).collect()
    }
}

/// The chain that a verification built.
pub struct VerifiedChain {
    links: Vec<Link>,
    peer: Option<Arc<PeerChain>>,
    stack: OnceLock<X509Stack>,
}

/// A certificate of it.
pub(super) enum Link {
    /// One of the peer's.
    Peers(usize),
    /// The trust store's, or what a callback found.
    Others(X509),
}

impl VerifiedChain {
    /// One of the program's objects.
    pub(super) fn seen(stack: X509Stack) -> Self {
        Self { links: Vec::new(), peer: None, stack: OnceLock::from(stack) }
    }

    /// One that no program has seen.
    pub(super) fn unseen(links: Vec<Link>, peer: Arc<PeerChain>) -> Self {
        Self { links, peer: Some(peer), stack: OnceLock::new() }
    }

    /// The certificates, for the program; the peer's are those that its chain shows.
    pub fn stack(&self) -> Option<&X509Stack> {
        publish(&self.stack, || {
            let mut stack = X509Stack::new()?;
            let own = |link: &Link| match link {
                Link::Peers(at) => self.peer.as_ref()?.own(*at),
                Link::Others(x509) => Some(x509.clone()),
            };
            self.links.iter().all(|link| own(link).is_some_and(|x509| stack.push(x509))).then_some(stack)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A self-signed certificate with an Ed25519 key; another number, another certificate.
    fn certificate(number: u8) -> Vec<u8> {
        const DER: &str = "3082012e3081e1a0030201020214788d8f61430f388a995d5e94b5ce7e6455d3f4b5300506032b6570300c310a3008\
            06035504030c01613020170d3236313230313033333732385a180f32313236313130373033333732385a300c310a300806035504030c\
            0161302a300506032b6570032100065f6ad786ab6565302e1dd993e4e47db35c7d17239540fd0504cb3d8ef6ba6ba353305130\
            1d0603551d0e0416041453bc9e2d9603e52bf0a38de803b782240ab37d6a301f0603551d2304183016801453bc9e2d9603e52bf0a38d\
            e803b782240ab37d6a300f0603551d130101ff040530030101ff300506032b6570034100b675b73c0cc4cdfd12427ce343b409d75965\
            9d606e99dd2625f2f8d530678b4f46b6faf6226a447e12ceaa774140564e4841929370fb802f04df38a1efdfea04";
        let digit = |at| u8::from_str_radix(&DER[at..at + 2], 16).unwrap();
        let mut der: Vec<u8> = (0..DER.len()).step_by(2).map(digit).collect();
        der[20] = number;
        der
    }

    fn received(der: &[u8]) -> PeerCertificate {
        PeerCertificate::received(der, &Library::default()).ok().unwrap()
    }

    #[test]
    fn what_is_met_again_is_decoded_once() {
        let der = certificate(1);
        let states = [(); 4].map(|()| {
            let certificate = received(&der);
            (certificate.own.get().is_some(), certificate.known.is_some())
        });
        assert_eq!(states, [(true, false), (false, true), (false, true), (false, true)]);
        let [one, other] = [(); 2].map(|()| received(&der).unseen().unwrap().as_ptr());
        assert_eq!(one, other);
    }

    #[test]
    fn what_a_program_gets_is_nobody_elses() {
        let der = certificate(2);
        let met = [(); 4].map(|()| received(&der));
        let mut objects: Vec<_> = met.iter().map(|one| one.own().unwrap().as_ptr()).collect();
        objects.extend(met.iter().filter_map(|one| Some(one.known.as_ref()?.reference().as_ptr())));
        let mut keys: Vec<_> = met.iter().map(|one| one.own().unwrap().public_key().unwrap().as_ptr()).collect();
        assert!(met.iter().all(|one| one.own().unwrap().as_ptr() == one.unseen().unwrap().as_ptr()));
        // Three of them have their like in the shared one.
        objects.sort_unstable();
        objects.dedup();
        assert_eq!(objects.len(), 4 + 1);
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 4);
    }

    #[test]
    fn what_is_no_certificate_is_refused_each_time() {
        let der = certificate(3);
        let refused = |der: &[u8]| PeerCertificate::received(der, &Library::default()).err();
        for _ in 0..3 {
            assert_eq!(refused(&[&der[..], &[0]].concat()), Some(Flaw::TrailingBytes));
            assert_eq!(refused(&der[..der.len() - 1]), Some(Flaw::Malformed));
            assert_eq!(refused(&der), None);
        }
        err::clear();
    }

    #[test]
    fn other_libraries_share_nothing() {
        let der = certificate(4);
        let library = Library::queried(c"provider=default");
        for _ in 0..3 {
            let certificate = PeerCertificate::received(&der, &library).ok().unwrap();
            assert!(certificate.own.get().is_some() && certificate.known.is_none());
        }
    }
}
