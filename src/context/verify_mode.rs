//! What the number of `SSL_set_verify` means for a client and for a server.

use libc::c_int;

use crate::engine::config::ClientAuth;

const PEER: c_int = 1;
const FAIL_IF_NO_PEER_CERT: c_int = 2;
const POST_HANDSHAKE: c_int = 8;

/// `SSL_VERIFY_*` as the program set it. It says nothing until it is asked for a role, as the
/// same number means different things to a client and to a server.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct VerifyMode(c_int);

/// What a client does about a server's certificates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OfClient {
    /// They are verified, and any result will do.
    Tolerant,
    /// They must be verified.
    Strict,
}

/// What a server does about its clients' certificates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OfServer {
    /// It never asks for one.
    Silent,
    /// It asks. One that comes must be verified.
    Asks {
        /// A client without one is refused.
        mandatory: bool,
        /// Not in a TLS 1.3 handshake, but after it, if the program says so.
        after_handshake: bool,
    },
}

impl VerifyMode {
    /// The mode that has this number, which may be any.
    pub fn new(number: c_int) -> Self {
        Self(number)
    }

    /// The number, as the program set it.
    pub fn number(self) -> c_int {
        self.0
    }

    /// The mode with some bits set or cleared.
    pub fn with(self, bits: c_int, on: bool) -> Self {
        Self(if on { self.0 | bits } else { self.0 & !bits })
    }

    /// To a client any bit means the same, whether OpenSSL's documents have it or not.
    pub fn of_client(self) -> OfClient {
        if self.0 == 0 { OfClient::Tolerant } else { OfClient::Strict }
    }

    /// To a server the other bits mean something beside `SSL_VERIFY_PEER` only.
    pub fn of_server(self) -> OfServer {
        if self.0 & PEER == 0 {
            return OfServer::Silent;
        }
        OfServer::Asks { mandatory: self.0 & FAIL_IF_NO_PEER_CERT != 0, after_handshake: self.0 & POST_HANDSHAKE != 0 }
    }
}

impl OfServer {
    /// Whether clients are verified at all: their sessions are good for one context only.
    pub fn asks(self) -> bool {
        self != Self::Silent
    }

    /// What the server asks for in a handshake.
    pub fn in_handshake(self, tls13: bool) -> ClientAuth {
        match self {
            Self::Asks { after_handshake: true, .. } if tls13 => ClientAuth::None,
            Self::Asks { mandatory: true, .. } => ClientAuth::Required,
            Self::Asks { mandatory: false, .. } => ClientAuth::Optional,
            Self::Silent => ClientAuth::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bit_makes_a_client_strict() {
        assert_eq!(VerifyMode::default().of_client(), OfClient::Tolerant);
        for bit in 0..32 {
            assert_eq!(VerifyMode::new(1 << bit).of_client(), OfClient::Strict);
        }
    }

    #[test]
    fn a_server_asks_by_the_first_bit() {
        for number in -1..64 {
            let server = VerifyMode::new(number).of_server();
            assert_eq!(server.asks(), number & 1 == 1);
            let required = number & 3 == 3;
            assert_eq!(server.in_handshake(false) == ClientAuth::Required, required);
            assert_eq!(server.in_handshake(true) == ClientAuth::Required, required && number & 8 == 0);
        }
    }
}
