//! `SSL_METHOD`: which protocols and which ends of a connection an `SSL_CTX` is for.

use crate::ffi::types::SSL_METHOD;

/// TLS 1.2's number on the wire.
pub const TLS1_2: u16 = 0x0303;
/// TLS 1.3's number on the wire.
pub const TLS1_3: u16 = 0x0304;

/// The protocols of a method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// TLS of any version.
    Tls,
    /// TLS 1.2 alone.
    Tls12,
    /// TLS 1.1 alone: contexts are made, but no handshake has a cipher for it,
    /// as on OpenSSL above security level 0.
    Tls11,
    /// TLS 1.0 alone: likewise.
    Tls10,
    /// DTLS: programs may name the method, but no context is made with it.
    Refused,
}

/// One of OpenSSL's methods. C knows it by the address of its static.
#[derive(Debug)]
pub struct Method {
    /// The protocols.
    pub protocol: Protocol,
    /// `SSL_connect` works.
    pub client: bool,
    /// `SSL_accept` works.
    pub server: bool,
}

impl Method {
    const fn new(protocol: Protocol, client: bool, server: bool) -> Self {
        Self { protocol, client, server }
    }

    /// The pointer that C programs hold; it stays valid for ever.
    pub fn as_ptr(&'static self) -> *const SSL_METHOD {
        std::ptr::from_ref(self).cast()
    }

    /// The method behind a C pointer; `None` for NULL and anything else that
    /// is not one of ours.
    pub fn from_ptr(ptr: *const SSL_METHOD) -> Option<&'static Self> {
        ALL.into_iter().find(|method| std::ptr::eq(method.as_ptr(), ptr))
    }

    /// The only version that it is for; `None` for any.
    pub fn version(&self) -> Option<u16> {
        match self.protocol {
            Protocol::Tls12 => Some(TLS1_2),
            Protocol::Tls11 => Some(0x0302),
            Protocol::Tls10 => Some(0x0301),
            Protocol::Tls | Protocol::Refused => None,
        }
    }

    /// Whether rustls has a version that it is for.
    pub fn is_spoken(&self) -> bool {
        matches!(self.protocol, Protocol::Tls | Protocol::Tls12)
    }

    /// Whether contexts can be made with it.
    pub fn is_supported(&self) -> bool {
        self.protocol != Protocol::Refused
    }
}

/// `TLS_method`
pub static TLS: Method = Method::new(Protocol::Tls, true, true);
/// `TLS_client_method`
pub static TLS_CLIENT: Method = Method::new(Protocol::Tls, true, false);
/// `TLS_server_method`
pub static TLS_SERVER: Method = Method::new(Protocol::Tls, false, true);
/// `TLSv1_2_method`
pub static TLS12: Method = Method::new(Protocol::Tls12, true, true);
/// `TLSv1_2_client_method`
pub static TLS12_CLIENT: Method = Method::new(Protocol::Tls12, true, false);
/// `TLSv1_2_server_method`
pub static TLS12_SERVER: Method = Method::new(Protocol::Tls12, false, true);
/// `TLSv1_1_method`
pub static TLS11: Method = Method::new(Protocol::Tls11, true, true);
/// `TLSv1_1_client_method`
pub static TLS11_CLIENT: Method = Method::new(Protocol::Tls11, true, false);
/// `TLSv1_1_server_method`
pub static TLS11_SERVER: Method = Method::new(Protocol::Tls11, false, true);
/// `TLSv1_method`
pub static TLS10: Method = Method::new(Protocol::Tls10, true, true);
/// `TLSv1_client_method`
pub static TLS10_CLIENT: Method = Method::new(Protocol::Tls10, true, false);
/// `TLSv1_server_method`
pub static TLS10_SERVER: Method = Method::new(Protocol::Tls10, false, true);
/// The methods of DTLS.
pub static REFUSED: Method = Method::new(Protocol::Refused, true, true);
/// As above, client only.
pub static REFUSED_CLIENT: Method = Method::new(Protocol::Refused, true, false);
/// As above, server only.
pub static REFUSED_SERVER: Method = Method::new(Protocol::Refused, false, true);

static ALL: [&Method; 15] = [
    &TLS,
    &TLS_CLIENT,
    &TLS_SERVER,
    &TLS12,
    &TLS12_CLIENT,
    &TLS12_SERVER,
    &TLS11,
    &TLS11_CLIENT,
    &TLS11_SERVER,
    &TLS10,
    &TLS10_CLIENT,
    &TLS10_SERVER,
    &REFUSED,
    &REFUSED_CLIENT,
    &REFUSED_SERVER,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_by_address() {
        for method in ALL {
            assert!(std::ptr::eq(Method::from_ptr(method.as_ptr()).unwrap(), method));
        }
        assert!(Method::from_ptr(std::ptr::null()).is_none());
        assert!(Method::from_ptr(std::ptr::dangling()).is_none());
    }
}
