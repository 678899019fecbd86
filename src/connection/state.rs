//! Where a connection stands.

use libc::{c_int, c_uint};

/// Which end of the connection this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Neither `SSL_set_connect_state` nor `SSL_set_accept_state` was called,
    /// and the method does not decide.
    Undecided,
    /// A client.
    Client,
    /// A server.
    Server,
}

/// What the last call waited for: the answer of `SSL_want`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum Want {
    /// `SSL_NOTHING`
    Nothing = 1,
    /// `SSL_WRITING`
    Writing = 2,
    /// `SSL_READING`
    Reading = 3,
    /// `SSL_X509_LOOKUP`
    X509Lookup = 4,
    /// `SSL_CLIENT_HELLO_CB`
    ClientHelloCallback = 7,
    /// `SSL_RETRY_VERIFY`
    RetryVerify = 8,
}

impl Want {
    /// The value of `SSL_want`.
    pub fn code(self) -> c_int {
        self as c_int
    }
}

/// An `OSSL_HANDSHAKE_STATE`, and whether a handshake is under way or failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// `TLS_ST_*`
    pub message: c_uint,
    /// A handshake has begun and is not finished.
    pub in_init: bool,
    /// A fatal error ended the connection.
    pub failed: bool,
}

/// `TLS_ST_*`: the last handshake message read (`R`) or written (`W`) by a
/// client (`C`) or a server (`S`).
#[allow(missing_docs)]
pub mod message {
    pub const BEFORE: u32 = 0;
    pub const OK: u32 = 1;
    pub const CR_SRVR_HELLO: u32 = 3;
    pub const CR_CERT: u32 = 4;
    pub const CR_CERT_STATUS: u32 = 5;
    pub const CR_KEY_EXCH: u32 = 6;
    pub const CR_CERT_REQ: u32 = 7;
    pub const CR_SRVR_DONE: u32 = 8;
    pub const CR_SESSION_TICKET: u32 = 9;
    pub const CR_CHANGE: u32 = 10;
    pub const CR_FINISHED: u32 = 11;
    pub const CW_CLNT_HELLO: u32 = 12;
    pub const CW_CERT: u32 = 13;
    pub const CW_KEY_EXCH: u32 = 14;
    pub const CW_CERT_VRFY: u32 = 15;
    pub const CW_CHANGE: u32 = 16;
    pub const CW_FINISHED: u32 = 18;
    pub const SR_CLNT_HELLO: u32 = 20;
    pub const SW_SRVR_HELLO: u32 = 22;
    pub const SW_CERT: u32 = 23;
    pub const SW_KEY_EXCH: u32 = 24;
    pub const SW_CERT_REQ: u32 = 25;
    pub const SW_SRVR_DONE: u32 = 26;
    pub const SR_CERT: u32 = 27;
    pub const SR_KEY_EXCH: u32 = 28;
    pub const SR_CERT_VRFY: u32 = 29;
    pub const SR_CHANGE: u32 = 31;
    pub const SR_FINISHED: u32 = 32;
    pub const SW_SESSION_TICKET: u32 = 33;
    pub const SW_CERT_STATUS: u32 = 34;
    pub const SW_CHANGE: u32 = 35;
    pub const SW_FINISHED: u32 = 36;
    pub const SW_ENCRYPTED_EXTENSIONS: u32 = 37;
    pub const CR_ENCRYPTED_EXTENSIONS: u32 = 38;
    pub const CR_CERT_VRFY: u32 = 39;
    pub const SW_CERT_VRFY: u32 = 40;
    pub const CR_HELLO_REQ: u32 = 41;
    pub const SW_KEY_UPDATE: u32 = 42;
    pub const CW_KEY_UPDATE: u32 = 43;
    pub const SR_KEY_UPDATE: u32 = 44;
    pub const CR_KEY_UPDATE: u32 = 45;
    pub const EARLY_DATA: u32 = 46;
    pub const CW_END_OF_EARLY_DATA: u32 = 48;
    pub const SR_END_OF_EARLY_DATA: u32 = 49;
}

impl State {
    /// No handshake yet: as OpenSSL, "in init" counts from the beginning.
    pub const BEFORE: Self = Self { message: message::BEFORE, in_init: true, failed: false };
    /// Finished.
    pub const OK: Self = Self { message: message::OK, in_init: false, failed: false };

    /// `SSL_in_before`
    pub fn is_before(self) -> bool {
        self.message == message::BEFORE && !self.failed
    }

    /// `SSL_is_init_finished`
    pub fn is_finished(self) -> bool {
        !self.in_init && self.message == message::OK
    }
}
