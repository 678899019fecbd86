//! `SSL`: handshake, read, write and shutdown over BIOs.
//!
//! A connection belongs to one thread at a time, but C callbacks re-enter it at
//! nearly any point. So every field is a `Cell` or a `RefCell` of its own that
//! is borrowed for an instant only, and the rustls connection is taken out of
//! [`Connection::engine`] while it works: what a callback may ask for stands
//! beside it.

pub mod client_hello;
pub mod negotiated;
pub mod state;

use std::cell::{Cell, RefCell};
use std::ffi::CString;

use libc::{c_int, c_long, c_void};

use crate::context::callbacks::{CertCallback, InfoCallback, MsgCallback, NotResumableCallback, WithArg};
use crate::context::{Context, Settings};
use crate::ffi::types::{GEN_SESSION_CB, SSL};
use crate::ffi::{Object, Ref};
use crate::libcrypto::bio::Bio;
use crate::libcrypto::ex_data::{Class, ExData};
use crate::session::Session;

pub use negotiated::Negotiated;
pub use state::{Role, State, Want};

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
    /// `SSL_set_generate_session_id`
    pub generate_session_id: GEN_SESSION_CB,
    /// `SSL_set_not_resumable_session_callback`
    pub not_resumable: Option<NotResumableCallback>,
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
    pub settings: RefCell<Settings>,
    /// This connection's own callbacks.
    pub inherited: Cell<Inherited>,
    /// Where bytes come from.
    pub rbio: RefCell<Option<Bio>>,
    /// Where bytes go to.
    pub wbio: RefCell<Option<Bio>>,
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
    /// SNI: what a client asks for, or what a server was asked for.
    pub hostname: RefCell<Option<CString>>,
    /// The OCSP response that a server's status callback set.
    pub status_response: RefCell<Vec<u8>>,
    /// What was negotiated.
    pub negotiated: RefCell<Negotiated>,
}

impl Object for Connection {
    type C = SSL;

    fn finalize(&self) {
        self.ex_data.release(self.as_ptr());
    }
}

impl Connection {
    /// A new connection with `context`'s configuration: `SSL_new`.
    pub fn new(context: &Ref<Context>) -> Option<Ref<Self>> {
        let this = Ref::new(Self {
            ex_data: ExData::new(Class::Ssl),
            context: RefCell::new(context.clone()),
            session_context: context.clone(),
            settings: RefCell::new(context.settings(Clone::clone)),
            inherited: Cell::new(context.inherited()),
            rbio: RefCell::new(None),
            wbio: RefCell::new(None),
            role: Cell::new(Role::Undecided),
            state: Cell::new(State::BEFORE),
            want: Cell::new(Want::Nothing),
            shutdown: Cell::new(0),
            session: RefCell::new(None),
            reused: Cell::new(false),
            verify_result: Cell::new(0),
            hostname: RefCell::new(None),
            status_response: RefCell::default(),
            negotiated: RefCell::default(),
        });
        this.ex_data.init(this.as_ptr()).then_some(this)
    }

    /// The C pointer that programs know this connection by; a borrow.
    pub fn as_ptr(&self) -> *mut SSL {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// The argument-free half of the info callback protocol: tells the
    /// application that `what` (`SSL_CB_*`) happened, with `value`.
    pub fn info(&self, what: c_int, value: c_int) {
        if let Some(callback) = self.inherited.get().info.or_else(|| self.context.borrow().inherited().info) {
            crate::ffi::callbacks::info(callback, self, what, value);
        }
    }

    /// Opaque application pointer at `index`.
    pub fn ex_data(&self, index: c_int) -> *mut c_void {
        self.ex_data.get(index)
    }
}
