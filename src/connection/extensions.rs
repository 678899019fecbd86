//! Extensions that the program adds and reads, and when: OpenSSL's rules.
//!
//! rustls sends its own extensions and refuses others. So these are put into its
//! messages when they leave, and taken out of the peer's before rustls reads them
//! (`connection::rewrite`).

use std::cell::Cell;
use std::sync::Arc;

use libc::c_int;

use super::Connection;
use super::block;
use super::client_hello::extension;
use super::handshake::TLS1_3;
use super::io::Stop;
use super::messages::handshake_type as t;
use super::messages::{Direction, message_len, whole_message};
use super::resumption::{HELLO_RETRY_REQUEST, Reader, extensions};
use crate::cell::RefCell;
use crate::context::custom_ext::{CustomExtension, CustomExtensions, Endpoint, Handler, ext};
use crate::context::serverinfo;
use crate::ffi::callbacks::{self, Added};
use crate::libcrypto::err::{self, ERR_R_INTERNAL_ERROR};
use crate::libcrypto::peer::{PeerCertificate, PeerChain};
use crate::libcrypto::x509::X509;
use crate::reason::{self, alert};

/// The reason and the alert with which a handshake fails.
pub type Failure = (c_int, u8);

/// A certificate of ours and its place in the chain.
type Shown<'a> = Option<(&'a X509, usize)>;
/// A certificate of the peer's and its place.
type Arriving<'a> = Option<(&'a PeerCertificate, usize)>;

/// How a callback's refusal to add an extension is told to the peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// In the clear: nothing encrypted has left.
    InClear,
    /// By the encrypted alert that takes the place of the message.
    Sealed,
}

/// What is remembered of the extensions of this handshake.
#[derive(Default)]
pub struct Extensions {
    /// For each of the program's whether it was sent or received.
    flags: RefCell<Vec<Flags>>,
    /// What our ClientHello has more than rustls's.
    hello: RefCell<Vec<u8>>,
    /// rustls is writing messages of which one must not leave.
    pub refusal: Cell<Option<Refusal>>,
    /// That message, in rustls's form.
    pub refused: RefCell<Vec<u8>>,
    /// The peer's certificates, where the program may have been shown them before they are
    /// verified.
    pub arrived: Cell<Option<Arc<PeerChain>>>,
    /// The server's timestamps, of this handshake or the one before.
    pub scts: RefCell<Vec<u8>>,
    /// The alert that says so is among the records that leave.
    pub refusal_sealed: Cell<bool>,
}

#[derive(Clone, Copy, Default)]
struct Flags {
    sent: bool,
    received: bool,
}

impl Extensions {
    /// Forgets the last handshake's.
    pub fn clear(&self) {
        self.flags.take();
        self.hello.take();
        self.refusal.set(None);
        self.refused.take();
        self.arrived.take();
        self.refusal_sealed.set(false);
    }

    /// What our ClientHello has more than rustls's.
    pub fn for_client_hello(&self) -> Vec<u8> {
        self.hello.borrow().clone()
    }

    fn reset_flags(&self, count: usize) {
        let mut flags = self.flags.borrow_mut();
        flags.clear();
        flags.resize(count, Flags::default());
    }

    fn flags(&self, at: usize) -> Flags {
        self.flags.borrow().get(at).copied().unwrap_or_default()
    }

    fn change_flags(&self, at: usize, change: impl FnOnce(&mut Flags)) {
        if let Some(flags) = self.flags.borrow_mut().get_mut(at) {
            change(flags);
        }
    }

    /// `SSL_set_SSL_CTX` puts other extensions in the place of `old`.
    pub fn follow(&self, old: &CustomExtensions, new: &CustomExtensions) {
        if self.flags.borrow().is_empty() {
            return;
        }
        let mut flags = vec![Flags::default(); new.len()];
        for (at, extension) in old.iter().enumerate() {
            if let Some(to) = new.position(extension.role, extension.kind.into()) {
                flags[to] = self.flags(at);
            }
        }
        self.flags.replace(flags);
    }
}

impl Connection {
    /// Forgets the extensions of the last handshake.
    pub fn forget_extensions(&self) {
        if let Some(extensions) = self.extensions.used() {
            extensions.clear();
        }
    }

    /// Whether a callback refused to add an extension, and how the peer is told.
    pub fn refusal(&self) -> Option<Refusal> {
        self.extensions.used()?.refusal.get()
    }

    fn custom_extensions(&self) -> CustomExtensions {
        self.settings.borrow().custom_extensions.clone()
    }

    /// Whether there are any that the program adds and reads.
    pub fn has_custom_extensions(&self) -> bool {
        !self.settings.borrow().custom_extensions.is_empty()
    }

    /// Before a client's hello: asks for its extensions.
    pub fn prepare_client_extensions(&self) -> Result<(), Stop> {
        let result = self.built_in_of_client().and_then(|built_in| {
            let reads = self.has_custom_extensions() || self.awaits_built_in();
            if reads || !built_in.is_empty() {
                self.rewrites.activate(reads);
                return self.new_client_extensions(built_in);
            }
            Ok(())
        });
        result.map_err(|(reason, alert)| self.fatal(Some(alert), reason))
    }

    fn new_client_extensions(&self, built_in: Vec<u8>) -> Result<(), Failure> {
        self.extensions.reset_flags(self.custom_extensions().len());
        let added = self.added_extensions(ext::CLIENT_HELLO, None)?;
        self.extensions.hello.replace([added, built_in].concat());
        Ok(())
    }

    /// Whether one that is for `theirs` is for this handshake, and for its message
    /// `context`.
    fn is_relevant(&self, theirs: u32, context: u32) -> bool {
        // A client's hello, also its second one, is written when nothing is settled.
        let settled = self.is_server() || context & ext::CLIENT_HELLO == 0;
        let tls13 =
            context & ext::TLS1_3_HELLO_RETRY_REQUEST != 0 || settled && self.negotiated.borrow().version == TLS1_3;
        let resumes = settled && self.reused.get();
        let off = tls13 && theirs & ext::TLS1_2_AND_BELOW_ONLY != 0
            || settled && !tls13 && theirs & ext::TLS1_3_ONLY != 0
            || resumes && theirs & ext::IGNORE_ON_RESUMPTION != 0;
        !off
    }

    /// The program's extensions of the message `context`, encoded.
    fn added_extensions(&self, context: u32, certificate: Shown<'_>) -> Result<Vec<u8>, Failure> {
        const ANSWERS: u32 = ext::TLS1_2_SERVER_HELLO
            | ext::TLS1_3_SERVER_HELLO
            | ext::TLS1_3_ENCRYPTED_EXTENSIONS
            | ext::TLS1_3_CERTIFICATE
            | ext::TLS1_3_HELLO_RETRY_REQUEST;
        const INTERNAL: Failure = (ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR);
        let in_hello = context & ext::CLIENT_HELLO != 0;
        let mut block = Vec::new();
        for (at, extension) in self.custom_extensions().iter().enumerate() {
            let theirs = extension.context;
            let only_tls13 = in_hello && theirs & ext::TLS1_3_ONLY != 0;
            let due = theirs & context != 0
                && self.is_relevant(theirs, context)
                && (!only_tls13 || self.enabled_versions().1)
                && (context & ANSWERS == 0 || self.extensions.flags(at).received)
                && (in_hello || extension.handler.adds());
            if !due {
                continue;
            }
            let content = match self.content(extension, context, certificate) {
                Added::Nothing => continue,
                Added::Refused(alert) => return Err((reason::CALLBACK_FAILED, alert)),
                Added::TooLong => return Err(INTERNAL),
                Added::Content(content) => content,
            };
            block.extend(block::encoded(extension.kind, &content).ok_or(INTERNAL)?);
            if block.len() > usize::from(u16::MAX) {
                return Err(INTERNAL);
            }
            if in_hello {
                self.extensions.change_flags(at, |flags| flags.sent = true);
            }
        }
        Ok(block)
    }

    fn content(&self, extension: &CustomExtension, context: u32, certificate: Shown<'_>) -> Added {
        match extension.handler {
            Handler::ServerInfo => {
                self.server_info(extension.kind, context, certificate).map_or(Added::Nothing, Added::Content)
            }
            _ => callbacks::add_extension(extension, self, context, certificate),
        }
    }

    /// What comes with the certificate that this handshake shows.
    fn server_info(&self, kind: u16, context: u32, certificate: Shown<'_>) -> Option<Vec<u8>> {
        let behind = certificate.is_some_and(|(_, index)| index > 0);
        let shows_one = context != ext::CLIENT_HELLO && !self.reused.get();
        if behind || !shows_one {
            return None;
        }
        let identity = self.settings.borrow().identity.clone();
        serverinfo::find(identity.current().server_info()?, kind).map(<[u8]>::to_vec)
    }

    /// Has the program read its extensions of the message `context`.
    fn parse_extensions(&self, context: u32, block: &[u8], certificate: Arriving<'_>) -> Result<(), Failure> {
        let custom = self.custom_extensions();
        if !block::is_well_formed(block) {
            return Err((reason::BAD_EXTENSION, alert::DECODE_ERROR));
        }
        let mut found = vec![None; custom.len()];
        for (kind, content) in extensions(block) {
            let Some(at) = custom.position(role_in(context), kind.into()) else { continue };
            if self.reads_built_in(kind, context)? {
                continue;
            }
            if !is_allowed(custom[at].context, context) || found[at].replace(content).is_some() {
                return Err((reason::BAD_EXTENSION, alert::ILLEGAL_PARAMETER));
            }
        }
        if context != ext::CLIENT_HELLO {
            self.read_built_in_of_server(context, block)?;
        }
        // OpenSSL comes to the timestamps among its own.
        let first = custom.position(role_in(context), extension::SIGNED_CERTIFICATE_TIMESTAMP.into());
        for at in first.into_iter().chain((0..custom.len()).filter(|&at| Some(at) != first)) {
            if let Some(content) = found[at] {
                self.parse_extension(&custom, at, context, content, certificate)?;
            }
        }
        Ok(())
    }

    fn parse_extension(
        &self,
        custom: &CustomExtensions,
        at: usize,
        context: u32,
        content: &[u8],
        certificate: Arriving<'_>,
    ) -> Result<(), Failure> {
        const NEED_REQUEST: u32 =
            ext::TLS1_2_SERVER_HELLO | ext::TLS1_3_SERVER_HELLO | ext::TLS1_3_ENCRYPTED_EXTENSIONS;
        let extension = &custom[at];
        if !self.is_relevant(extension.context, context) {
            return Ok(());
        }
        if context & NEED_REQUEST != 0 && !self.extensions.flags(at).sent {
            return Err((reason::BAD_EXTENSION, alert::UNSUPPORTED_EXTENSION));
        }
        if context & (ext::CLIENT_HELLO | ext::TLS1_3_CERTIFICATE_REQUEST) != 0 {
            self.extensions.change_flags(at, |flags| flags.received = true);
        }
        let shown = certificate.and_then(|(certificate, index)| Some((certificate.own()?, index)));
        callbacks::parse_extension(extension, self, context, content, shown)
            .map_err(|alert| (reason::BAD_EXTENSION, alert))
    }

    /// Before a server's callbacks: whether the program's extensions in the ClientHello
    /// may be there.
    pub fn check_client_extensions(&self, message: &[u8]) -> Result<(), Failure> {
        let custom = self.custom_extensions();
        self.extensions.reset_flags(custom.len());
        let mut seen = vec![false; custom.len()];
        for (kind, _) in extensions(block::extensions_of(message)) {
            let Some(at) = custom.position(Endpoint::Server, kind.into()) else { continue };
            if !is_allowed(custom[at].context, ext::CLIENT_HELLO) || std::mem::replace(&mut seen[at], true) {
                return Err((reason::BAD_EXTENSION, alert::ILLEGAL_PARAMETER));
            }
        }
        Ok(())
    }

    /// A server has the program read its extensions of the ClientHello.
    pub fn parse_client_extensions(&self, message: &[u8]) -> Result<(), Failure> {
        if !self.has_custom_extensions() {
            return Ok(());
        }
        self.parse_extensions(ext::CLIENT_HELLO, block::extensions_of(message), None)
    }

    /// Another ClientHello came, as the server asked for it.
    pub fn on_second_client_hello(&self, message: &[u8]) {
        if self.has_custom_extensions() {
            let parsed = self.check_client_extensions(message).and_then(|()| self.parse_client_extensions(message));
            self.note_failure(parsed);
        }
    }

    fn note_failure(&self, result: Result<(), Failure>) {
        if let Err(failure) = result {
            self.failure.set(Some(failure));
        }
    }

    /// A message of the peer's, which is not a ClientHello, passes.
    pub fn on_peer_extensions(&self, kind: u8, body: &[u8]) {
        if (self.rewrites.reads() || self.has_custom_extensions()) && self.failure.get().is_none() {
            let result = self.read_peer_extensions(&whole_message(kind, body));
            self.note_failure(result);
        }
    }

    fn read_peer_extensions(&self, message: &[u8]) -> Result<(), Failure> {
        let Some(context) = self.context_of(message, Direction::In) else { return Ok(()) };
        if context == ext::TLS1_3_CERTIFICATE {
            return self.read_certificate_extensions(message);
        }
        self.parse_extensions(context, block::extensions_of(message), None)?;
        if context == ext::TLS1_3_HELLO_RETRY_REQUEST {
            return self.new_client_extensions(self.built_in_of_client()?);
        }
        Ok(())
    }

    fn read_certificate_extensions(&self, message: &[u8]) -> Result<(), Failure> {
        // Of a message that is longer rustls would first find the extensions that are ours.
        let entries =
            block::entries(message).ok_or_else(|| (block::certificate_fault(message, true), alert::DECODE_ERROR))?;
        let mut arrived = Vec::with_capacity(entries.len());
        for (index, entry) in entries.into_iter().enumerate() {
            // What is no certificate is for the verifier to find out, and to report.
            err::set_mark();
            let certificate = PeerCertificate::received(&message[entry.certificate], &self.library());
            err::pop_to_mark();
            let Ok(certificate) = certificate else { return Ok(()) };
            let extensions = &message[entry.extensions];
            if !extensions.is_empty() {
                self.parse_extensions(ext::TLS1_3_CERTIFICATE, extensions, Some((&certificate, index)))?;
            }
            arrived.push(certificate);
        }
        self.extensions.arrived.set(Some(Arc::new(PeerChain::new(arrived.into()))));
        Ok(())
    }

    /// Whether the extension is one of the peer's that rustls must not see.
    pub fn is_hidden(&self, kind: u16) -> bool {
        let role = if self.is_server() { Endpoint::Server } else { Endpoint::Client };
        self.is_built_in_answer(kind) || self.settings.borrow().custom_extensions.position(role, kind.into()).is_some()
    }

    /// Whether a server's certificate request, or a client's certificate, may have
    /// extensions of the program's.
    pub fn reads_certificate_extensions(&self) -> bool {
        self.settings.borrow().custom_extensions.iter().any(|known| known.context & ext::TLS1_3_CERTIFICATE != 0)
    }

    /// Which message this is (`SSL_EXT_*`), if it can have extensions of the
    /// program's. A ClientHello is dealt with elsewhere.
    fn context_of(&self, message: &[u8], direction: Direction) -> Option<u32> {
        let version = self.negotiated.borrow().version;
        // What only a server sends.
        let from_server = (direction == Direction::Out) == self.is_server();
        Some(match *message.first()? {
            t::SERVER_HELLO if from_server && is_retry_request(message) => ext::TLS1_3_HELLO_RETRY_REQUEST,
            t::SERVER_HELLO if from_server && version == TLS1_3 => ext::TLS1_3_SERVER_HELLO,
            t::SERVER_HELLO if from_server => ext::TLS1_2_SERVER_HELLO,
            _ if version != TLS1_3 => return None,
            t::ENCRYPTED_EXTENSIONS if from_server => ext::TLS1_3_ENCRYPTED_EXTENSIONS,
            t::CERTIFICATE_REQUEST if from_server => ext::TLS1_3_CERTIFICATE_REQUEST,
            t::NEW_SESSION_TICKET if from_server => ext::TLS1_3_NEW_SESSION_TICKET,
            t::CERTIFICATE => ext::TLS1_3_CERTIFICATE,
            _ => return None,
        })
    }

    /// rustls wrote a message: the one that is sent, if it has extensions of the
    /// program's. A failure is the connection's, and the message must not leave.
    pub fn with_own_extensions(&self, message: &[u8]) -> Option<Vec<u8>> {
        if self.refusal().is_some() {
            return None;
        }
        if message[0] == t::CLIENT_HELLO {
            let added = self.extensions.hello.borrow();
            if added.is_empty() {
                return None;
            }
            let wire = block::with_extensions(message, &added);
            if wire.is_none() {
                self.tap.overlong_hello.set(true);
                self.failure.set(Some((ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR)));
            }
            return wire;
        }
        let context = self.context_of(message, Direction::Out)?;
        if message.len() != message_len(*message.first_chunk()?) {
            return None;
        }
        match self.extended(message, context) {
            Ok(wire) => wire,
            Err(failure) => {
                const CLEAR: u32 =
                    ext::TLS1_2_SERVER_HELLO | ext::TLS1_3_SERVER_HELLO | ext::TLS1_3_HELLO_RETRY_REQUEST;
                let in_clear = context & CLEAR != 0 || !self.is_server();
                self.extensions.refusal.set(Some(if in_clear { Refusal::InClear } else { Refusal::Sealed }));
                self.extensions.refused.replace(message.to_vec());
                self.failure.set(Some(failure));
                None
            }
        }
    }

    fn extended(&self, message: &[u8], context: u32) -> Result<Option<Vec<u8>>, Failure> {
        const TOO_LONG: Failure = (ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR);
        if context == ext::TLS1_3_CERTIFICATE {
            return self.extended_certificates(message);
        }
        if context & (ext::TLS1_2_SERVER_HELLO | ext::TLS1_3_SERVER_HELLO) != 0 {
            self.note_resumption(message);
        }
        let added = [self.added_extensions(context, None)?, self.built_in_of_server(context)].concat();
        match added.is_empty() {
            true => Ok(None),
            false => block::with_extensions(message, &added).map(Some).ok_or(TOO_LONG),
        }
    }

    /// A server's rustls has decided whether it resumes.
    fn note_resumption(&self, hello: &[u8]) {
        const PRE_SHARED_KEY: u16 = 41;
        let tls13 = self.negotiated.borrow().version == TLS1_3;
        let resumes = match &*self.candidate.borrow() {
            Some(_) if tls13 => extensions(block::extensions_of(hello)).any(|(kind, _)| kind == PRE_SHARED_KEY),
            Some(candidate) => candidate.taken.get(),
            None => return,
        };
        self.reused.set(resumes);
    }

    fn extended_certificates(&self, message: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let mut result = Ok(());
        let mut index = 0;
        let wire = block::with_entries(message, |entry| {
            let own = &message[entry.extensions.clone()];
            let added = result.is_ok().then(|| self.certificate_extensions(&message[entry.certificate.clone()], index));
            index += 1;
            match added? {
                Ok(added) => (!added.is_empty()).then(|| [&added, own].concat()),
                Err(failure) => {
                    result = Err(failure);
                    None
                }
            }
        });
        result.map(|()| wire)
    }

    fn certificate_extensions(&self, der: &[u8], index: usize) -> Result<Vec<u8>, Failure> {
        let x509 = self.own_certificate(der, index).ok_or((ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR))?;
        self.added_extensions(ext::TLS1_3_CERTIFICATE, Some((&x509, index)))
    }

    /// The object behind a certificate that we send.
    fn own_certificate(&self, der: &[u8], index: usize) -> Option<X509> {
        let identity = self.settings.borrow().identity.clone();
        let slot = identity.current();
        let known = match index.checked_sub(1) {
            None => slot.certificate().cloned(),
            Some(behind) => slot.chain().and_then(|chain| chain.get(behind)),
        };
        known.filter(|x509| x509.to_der() == der).or_else(|| X509::from_der(der, &self.library()))
    }

    /// A NewSessionTicket of ours, without its header, with the program's extensions.
    pub fn extended_ticket(&self, body: Vec<u8>) -> Option<Vec<u8>> {
        let message = whole_message(t::NEW_SESSION_TICKET, &body);
        if !self.has_custom_extensions() {
            return Some(message);
        }
        match self.added_extensions(ext::TLS1_3_NEW_SESSION_TICKET, None) {
            Ok(added) if added.is_empty() => Some(message),
            Ok(added) => block::with_extensions(&message, &added),
            Err(failure) => {
                self.failure.set(Some(failure));
                None
            }
        }
    }
}

/// Whose extensions a message may have, of those with the same type.
fn role_in(context: u32) -> Endpoint {
    match context {
        ext::CLIENT_HELLO => Endpoint::Server,
        _ if context & (ext::TLS1_2_SERVER_HELLO | ext::TLS1_3_SERVER_HELLO) != 0 => Endpoint::Client,
        _ => Endpoint::Both,
    }
}

/// Whether an extension for `theirs` may be in the message `context`.
fn is_allowed(theirs: u32, context: u32) -> bool {
    theirs & context != 0 && theirs & ext::DTLS_ONLY == 0
}

fn is_retry_request(message: &[u8]) -> bool {
    let mut reader = Reader(message);
    reader.take(4 + 2).and_then(|_| reader.take(32)) == Some(HELLO_RETRY_REQUEST)
}
