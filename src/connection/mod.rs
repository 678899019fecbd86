//! `SSL`: handshake, read, write and shutdown over BIOs.
//!
//! A connection belongs to one thread at a time, but C callbacks re-enter it at
//! nearly any point. So every field is a `Cell` or a `RefCell` of its own that
//! is borrowed for an instant only, and the rustls connection is taken out of
//! [`Connection::engine`] while it works: what a callback may ask for stands
//! beside it.

pub mod accept;
pub mod block;
mod built_in;
pub mod check_chain;
pub mod ciphers;
pub mod client_hello;
pub mod ct;
pub mod data;
pub mod eap_fast;
pub mod early_data;
mod exporter;
mod extension_debug;
pub mod extension_rules;
pub mod extensions;
pub mod handshake;
pub mod info;
pub mod io;
pub mod lifecycle;
pub mod messages;
pub mod negotiated;
mod old_hello;
mod peer_key;
pub mod policy;
pub mod psk;
pub mod record_rules;
mod reframe;
pub mod resumption;
pub mod rewrite;
pub mod security;
pub mod seldom;
pub mod session_id;
mod spare;
pub mod state;
pub mod status;
pub mod tickets;
mod trace;
pub mod transfer;
pub mod verify;

use std::cell::Cell;
use std::collections::VecDeque;
use std::ffi::CString;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use libc::{c_int, c_long, c_void};

use crate::cell::RefCell;
use crate::context::callbacks::{
    AllowEarlyDataCallback, CertCallback, CtCallback, ExtensionCallback, GenerateIdCallback, InfoCallback, MsgCallback,
    NotResumableCallback, PaddingCallback, PasswordCallback, PskClientCallback, PskFindSessionCallback,
    PskServerCallback, PskUseSessionCallback, WithArg,
};
use crate::context::cipher::CipherStack;
use crate::context::trust::Authorities;
use crate::context::{Context, settings, srtp};
use crate::ffi::types::SSL;
use crate::ffi::{Object, Ref};
use crate::libcrypto::async_wait::WaitContext;
use crate::libcrypto::bio::Bio;
use crate::libcrypto::dane::Dane;
use crate::libcrypto::ex_data::{Class, ExData};
use crate::libcrypto::library::Library;
use crate::libcrypto::peer::VerifiedChain;
use crate::libcrypto::stack::NameStack;
use crate::libcrypto::store::VerifyParam;
use crate::libcrypto::x509::PeerChain;
use crate::session::Session;

use crate::engine::Engine;
use crate::engine::stand_in::Hidden;
use crate::engine::store::Offer;
use accept::{Accepting, Candidate};
use client_hello::ClientHello;
use ct::PeerScts;
use data::DataKeys;
use eap_fast::EapFast;
use early_data::EarlyData;
use extensions::Extensions;
use io::Buffers;
use messages::Tap;
pub use negotiated::Negotiated;
use psk::ExternalPsk;
use resumption::IncomingTicket;
use rewrite::Rewrites;
use seldom::Seldom;
use session_id::GeneratedId;
pub use state::{Role, State, Want};
use status::{StatusRequest, StatusResponse};
use tickets::Tickets;
use transfer::PendingWrite;

/// `SSL_SENT_SHUTDOWN`
pub const SENT_SHUTDOWN: c_int = 1;
/// `SSL_RECEIVED_SHUTDOWN`
pub const RECEIVED_SHUTDOWN: c_int = 2;

/// Callbacks that `SSL_new` copies from the context.
#[derive(Clone, Copy, Default)]
pub struct Inherited {
    /// `SSL_set_info_callback`
    pub info: Option<InfoCallback>,
    /// `SSL_set_msg_callback`
    pub msg: WithArg<MsgCallback>,
    /// `SSL_set_cert_cb`
    pub cert: WithArg<CertCallback>,
    /// `SSL_set_ct_validation_callback`
    pub ct: WithArg<CtCallback>,
    /// `SSL_set_default_passwd_cb`
    pub passwd: WithArg<PasswordCallback>,
    /// `SSL_set_generate_session_id`
    pub generate_session_id: Option<GenerateIdCallback>,
    /// `SSL_set_not_resumable_session_callback`
    pub not_resumable: Option<NotResumableCallback>,
    /// `SSL_set_allow_early_data_cb`
    pub allow_early_data: WithArg<AllowEarlyDataCallback>,
    /// `SSL_set_psk_client_callback`
    pub psk_client: Option<PskClientCallback>,
    /// `SSL_set_psk_server_callback`
    pub psk_server: Option<PskServerCallback>,
    /// `SSL_set_psk_use_session_callback`
    pub psk_use_session: Option<PskUseSessionCallback>,
    /// `SSL_set_psk_find_session_callback`
    pub psk_find_session: Option<PskFindSessionCallback>,
    /// `SSL_set_record_padding_callback`
    pub padding: WithArg<PaddingCallback>,
    /// `SSL_set_block_padding`; 0 is none.
    pub block_padding: usize,
}

/// An `SSL`.
pub struct Connection {
    /// The application's data.
    pub ex_data: ExData,
    /// The context in use: `SSL_set_SSL_CTX` changes it.
    pub context: RefCell<Ref<Context>>,
    /// The context of `SSL_new`, whose session cache and ticket keys are used.
    pub session_context: Ref<Context>,
    /// This connection's own configuration.
    pub settings: settings::OfConnection,
    /// This connection's own callbacks.
    pub inherited: Cell<Inherited>,
    /// `SSL_set_tlsext_debug_callback`
    pub extension_debug: Cell<WithArg<ExtensionCallback>>,
    /// Where bytes come from. Counted here: to share it with libcrypto is dear.
    rbio: RefCell<Option<Rc<Bio>>>,
    /// Where bytes go to.
    wbio: RefCell<Option<Rc<Bio>>>,
    /// Client or server, once decided.
    pub role: Cell<Role>,
    /// Where the handshake stands.
    pub state: Cell<State>,
    /// What the last call waited for (`SSL_want`).
    pub want: Cell<Want>,
    /// `SENT_SHUTDOWN | RECEIVED_SHUTDOWN`
    pub shutdown: Cell<c_int>,
    /// The session in use, or set for the next handshake.
    pub session: RefCell<Option<Ref<Session>>>,
    /// Whether the handshake resumed a session.
    pub reused: Cell<bool>,
    /// The result of verifying the peer (`X509_V_*`).
    pub verify_result: Cell<c_long>,
    /// How the peer is verified. Programs get its pointer, so it lives as long
    /// as the connection.
    pub verify_param: VerifyParam,
    /// The certificates that the peer showed in this handshake.
    pub peer_chain: RefCell<Option<Arc<PeerChain>>>,
    /// Whether the peer's certificates were accepted.
    pub peer_accepted: Cell<bool>,
    /// The program called `SSL_set_retry_verify`, which is refused, while it verified the peer.
    pub verify_later: Cell<bool>,
    /// The chain that verification built.
    pub verified_chain: RefCell<Option<Arc<VerifiedChain>>>,
    /// Names of authorities that are this connection's own.
    pub authorities: RefCell<Authorities>,
    /// `peer_authorities` as C asked for them.
    pub peer_ca_list: RefCell<Option<NameStack>>,
    /// SNI: what a client asks for, or what a server was asked for.
    pub hostname: RefCell<Option<CString>>,
    /// The OCSP response that a server's status callback set.
    pub status_response: RefCell<StatusResponse>,
    /// What a server was asked for in an OCSP response.
    pub status_request: RefCell<StatusRequest>,
    /// What an asynchronous job would wait for, once there might be one.
    pub wait: RefCell<Option<WaitContext>>,
    /// `TLSEXT_STATUSTYPE_*`: what a client asks for, or a server was asked for; -1 is nothing.
    pub status_type: Cell<c_int>,
    /// The list of ciphers, as C was given it.
    pub cipher_stack: CipherStack,
    /// The client's ciphers, as C was given them.
    pub client_cipher_stack: CipherStack,
    /// The longest plaintext of a record that was agreed upon, bytes; 0 for none.
    pub fragment_limit: Cell<u16>,
    /// What was negotiated.
    pub negotiated: RefCell<Negotiated>,
    /// TLSA records that the peer must match.
    pub dane: Dane,
    /// SRTP profiles of its own.
    pub srtp: srtp::Profiles,
    /// Bytes on their way.
    pub buffers: Buffers,
    /// The messages that pass.
    pub tap: Tap,
    /// rustls's connection; taken out while it works.
    pub engine: RefCell<Option<Engine>>,
    /// Keys that application data passes rustls by.
    pub data_keys: DataKeys,
    /// Output was queued that the BIO was not told to flush.
    pub unflushed: Cell<bool>,
    /// A failure found by a callback of rustls: (reason, alert).
    pub failure: Cell<Option<(c_int, u8)>>,
    /// The handshake has begun.
    pub started: Cell<bool>,
    /// The handshake is agreed upon, its last flight perhaps not sent.
    pub finishing: Cell<Option<()>>,
    /// The peer sent close_notify.
    pub close_notify_received: Cell<bool>,
    /// A record was handled that held no application data.
    pub took_non_data: Cell<bool>,
    /// A write that must be repeated.
    pub pending_write: Cell<Option<PendingWrite>>,
    /// The session that the ClientHello is to offer, in rustls's form.
    pub offer: RefCell<Option<Offer>>,
    /// TLS 1.3 tickets that were read, in the order in which rustls handles
    /// them: several may come in one record.
    pub incoming_tickets: RefCell<VecDeque<IncomingTicket>>,
    /// A TLS 1.2 ticket came in this handshake.
    pub ticket_received: Cell<bool>,
    /// The peer's timestamps of Certificate Transparency.
    pub scts: PeerScts,
    /// Authorities that a server named in its request for a certificate, DER.
    pub peer_authorities: RefCell<Option<Vec<Vec<u8>>>>,
    /// The ClientHello's bytes, before it is parsed.
    pub hello_bytes: RefCell<Option<Vec<u8>>>,
    /// The ClientHello, while a server answers it.
    pub client_hello: RefCell<Option<Rc<ClientHello>>>,
    /// How far the answer has come.
    pub accepting: Cell<Accepting>,
    /// The session that the client may resume.
    pub candidate: RefCell<Option<Candidate>>,
    /// The client is to get a (new) ticket.
    pub ticket_expected: Cell<bool>,
    /// A key update that the program asked for and that has not been sent.
    pub key_update: Cell<Option<c_int>>,
    /// Tickets and secrets that the program sets.
    pub eap_fast: Seldom<EapFast>,
    /// Whether the program has asked for a renegotiation, in vain.
    pub refused_renegotiation: Cell<bool>,
    /// An external pre-shared key.
    pub external_psk: ExternalPsk,
    /// The secrets of which rustls has stand-ins.
    pub hidden: Hidden,
    /// TLS 1.3 early data.
    pub early_data: EarlyData,
    /// TLS 1.3 tickets sent in this handshake.
    pub tickets_sent: Cell<usize>,
    /// What TLS 1.3 tickets are made of, and how many are due.
    pub tickets: Tickets,
    /// The session id that the application generated.
    pub generated_id: GeneratedId,
    /// Messages that rustls and the wire see differently.
    pub rewrites: Rewrites,
    /// The program's extensions in this handshake.
    pub extensions: Seldom<Extensions>,
}

impl Object for Connection {
    type C = SSL;

    fn finalize(&self) {
        self.ex_data.release(self.as_ptr());
        self.set_wbio(None);
        self.set_rbio(None);
        // What the destruction of a BIO put in its place is nobody's, as in OpenSSL.
        std::mem::forget((self.wbio.take(), self.rbio.take()));
        self.clear_bad_session();
        let session = self.session.take();
        drop(session);
    }
}

impl Connection {
    /// A new connection with `context`'s configuration: `SSL_new`.
    pub fn new(context: &Ref<Context>) -> Option<Ref<Self>> {
        let this = Ref::new(Self {
            ex_data: ExData::new(Class::Ssl),
            context: RefCell::new(context.clone()),
            session_context: context.clone(),
            settings: settings::OfConnection::new(context.shared_settings()),
            // The info callback of the context is looked up when it is due.
            inherited: Cell::new(Inherited { info: None, ..context.inherited() }),
            extension_debug: Cell::default(),
            rbio: RefCell::new(None),
            wbio: RefCell::new(None),
            role: Cell::new(Role::Undecided),
            state: Cell::new(State::BEFORE),
            want: Cell::new(Want::Nothing),
            shutdown: Cell::new(0),
            session: RefCell::new(None),
            reused: Cell::new(false),
            verify_result: Cell::new(0),
            verify_param: context.trust.param.inherited()?,
            peer_chain: RefCell::new(None),
            peer_accepted: Cell::new(false),
            verify_later: Cell::new(false),
            verified_chain: RefCell::new(None),
            authorities: RefCell::default(),
            peer_ca_list: RefCell::new(None),
            hostname: RefCell::new(None),
            status_response: RefCell::default(),
            status_request: RefCell::default(),
            wait: RefCell::new(None),
            status_type: Cell::new(context.settings(|s| s.status_type)),
            cipher_stack: CipherStack::default(),
            client_cipher_stack: CipherStack::default(),
            fragment_limit: Cell::new(0),
            negotiated: RefCell::default(),
            dane: Dane::new(context.dane_flags.load(Ordering::Relaxed)),
            srtp: srtp::Profiles::default(),
            buffers: Buffers::default(),
            tap: Tap::default(),
            engine: RefCell::new(None),
            data_keys: DataKeys::default(),
            unflushed: Cell::new(false),
            failure: Cell::new(None),
            started: Cell::new(false),
            finishing: Cell::new(None),
            close_notify_received: Cell::new(false),
            took_non_data: Cell::new(false),
            pending_write: Cell::new(None),
            offer: RefCell::new(None),
            incoming_tickets: RefCell::default(),
            ticket_received: Cell::new(false),
            scts: PeerScts::default(),
            peer_authorities: RefCell::new(None),
            hello_bytes: RefCell::new(None),
            client_hello: RefCell::new(None),
            accepting: Cell::default(),
            candidate: RefCell::new(None),
            ticket_expected: Cell::new(false),
            key_update: Cell::new(None),
            eap_fast: Seldom::default(),
            refused_renegotiation: Cell::new(false),
            external_psk: ExternalPsk::default(),
            hidden: Hidden::default(),
            early_data: EarlyData::default(),
            tickets_sent: Cell::new(0),
            tickets: Tickets::default(),
            generated_id: GeneratedId::default(),
            rewrites: Rewrites::default(),
            extensions: Seldom::default(),
        });
        this.want_status_for_ct();
        this.read_ahead_for_pipelines(context.settings(|s| s.max_pipelines > 1));
        this.ex_data.init(this.as_ptr()).then_some(this)
    }

    /// Who judges timestamps must accept those in an OCSP response, so it is
    /// asked for.
    pub fn want_status_for_ct(&self) {
        if self.inherited.get().ct.function.is_some() {
            self.status_type.set(status::OCSP);
        }
    }

    /// More than one pipeline wants all the input there is.
    pub fn read_ahead_for_pipelines(&self, pipelines: bool) {
        if pipelines && self.settings.borrow().max_pipelines > 1 {
            self.settings.borrow_mut().read_ahead = 1;
        }
    }

    /// In asynchronous mode there is something to wait on, though no job ever does.
    pub fn prepare_to_wait(&self) {
        const SSL_MODE_ASYNC: u32 = 0x100;
        if self.settings.borrow().mode & SSL_MODE_ASYNC != 0 && self.wait.borrow().is_none() {
            self.wait.replace(WaitContext::new());
        }
    }

    /// The C pointer that programs know this connection by; a borrow.
    pub fn as_ptr(&self) -> *mut SSL {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// The argument-free half of the info callback protocol: tells the
    /// application that `what` (`SSL_CB_*`) happened, with `value`.
    pub fn info(&self, what: c_int, value: c_int) {
        if let Some(callback) = self.inherited.get().info.or_else(|| self.context.borrow().info_callback()) {
            crate::ffi::callbacks::info(callback, self, what, value);
        }
    }

    /// Where its certificates and keys get their algorithms from.
    pub fn library(&self) -> Library {
        self.context.borrow().library.clone()
    }

    /// Opaque application pointer at `index`.
    pub fn ex_data(&self, index: c_int) -> *mut c_void {
        self.ex_data.get(index)
    }
}
