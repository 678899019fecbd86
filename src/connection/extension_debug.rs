//! Extensions as they come, for `SSL_set_tlsext_debug_callback`.

use libc::c_int;

use super::Connection;
use super::extension_rules::is_known;
use super::messages::handshake_type as t;
use super::resumption::{Reader, extensions};
use crate::ffi::callbacks;

const RANDOM: usize = 32;

impl Connection {
    /// Shows the application the extensions of a message that came, those that OpenSSL
    /// knows; `body` is without its header.
    pub fn extensions_seen(&self, kind: u8, body: &[u8]) {
        let debug = self.extension_debug.get();
        let Some(function) = debug.function else { return };
        let tls13 = self.negotiated.borrow().version == 0x0304;
        for block in blocks(kind, body, tls13, self.is_server()).unwrap_or_default() {
            for (kind, content) in extensions(block).filter(|(kind, _)| is_known(*kind)) {
                callbacks::extension(function, self, !self.is_server(), c_int::from(kind), content, debug.arg);
            }
        }
    }
}

/// The lists of extensions in a message; a certificate of TLS 1.3 has one each.
fn blocks(kind: u8, body: &[u8], tls13: bool, server: bool) -> Option<Vec<&[u8]>> {
    let mut reader = Reader(body);
    let one = match (kind, server) {
        (t::CLIENT_HELLO, true) => {
            reader.take(2 + RANDOM)?;
            reader.vector(1)?;
            reader.vector(2)?;
            reader.vector(1)?;
            reader.vector(2)?
        }
        (t::SERVER_HELLO, false) => {
            reader.take(2 + RANDOM)?;
            reader.vector(1)?;
            reader.take(2 + 1)?;
            reader.vector(2)?
        }
        (t::ENCRYPTED_EXTENSIONS, false) => reader.vector(2)?,
        (t::CERTIFICATE_REQUEST, false) if tls13 => {
            reader.vector(1)?;
            reader.vector(2)?
        }
        (t::NEW_SESSION_TICKET, false) if tls13 => {
            reader.take(4 + 4)?;
            reader.vector(1)?;
            reader.vector(2)?;
            reader.vector(2)?
        }
        (t::CERTIFICATE, _) if tls13 => return certificate_blocks(reader),
        _ => return None,
    };
    Some(vec![one])
}

fn certificate_blocks(mut reader: Reader<'_>) -> Option<Vec<&[u8]>> {
    reader.vector(1)?;
    let mut list = Reader(reader.vector(3)?);
    let mut found = Vec::new();
    while list.vector(3).is_some() {
        found.push(list.vector(2)?);
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_certificate_has_its_own() {
        let body = [0, 0, 0, 18, 0, 0, 1, 7, 0, 4, 0, 5, 0, 0, 0, 0, 2, 7, 7, 0, 1, 9];
        let found = blocks(t::CERTIFICATE, &body, true, false).unwrap();
        assert_eq!(found, [&[0, 5, 0, 0][..], &[9]]);
        assert!(blocks(t::CERTIFICATE, &body, false, false).is_none());
        assert!(blocks(t::CERTIFICATE, &body[..9], true, false).is_none());
    }

    #[test]
    fn hellos_without_extensions_have_none() {
        let hello = [&[3, 3][..], &[0; 32], &[0], &[0xc0, 0x2b, 0]].concat();
        assert!(blocks(t::SERVER_HELLO, &hello, false, false).is_none());
        let with = [&hello[..], &[0, 4, 0, 23, 0, 0]].concat();
        assert_eq!(blocks(t::SERVER_HELLO, &with, false, false).unwrap(), [&[0, 23, 0, 0]]);
        assert!(blocks(t::SERVER_HELLO, &with, false, true).is_none());
    }
}
