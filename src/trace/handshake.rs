//! Handshake messages.

use super::{Printer, Reader, names};
use crate::libcrypto::print;

#[allow(missing_docs)]
pub mod message_type {
    pub const CLIENT_HELLO: u8 = 1;
    pub const SERVER_HELLO: u8 = 2;
    pub const HELLO_VERIFY_REQUEST: u8 = 3;
    pub const NEW_SESSION_TICKET: u8 = 4;
    pub const ENCRYPTED_EXTENSIONS: u8 = 8;
    pub const CERTIFICATE: u8 = 11;
    pub const SERVER_KEY_EXCHANGE: u8 = 12;
    pub const CERTIFICATE_REQUEST: u8 = 13;
    pub const SERVER_HELLO_DONE: u8 = 14;
    pub const CERTIFICATE_VERIFY: u8 = 15;
    pub const CLIENT_KEY_EXCHANGE: u8 = 16;
    pub const FINISHED: u8 = 20;
    pub const KEY_UPDATE: u8 = 24;
}
use message_type::*;

/// Messages stand behind this many blanks, and what they hold behind two more.
const INDENT: usize = 4;
const INNER: usize = INDENT + 2;
const TLS1_3: u16 = 0x0304;

impl Printer<'_> {
    /// Prints a message; `None` when it does not have the form that it should.
    pub fn handshake(&self, message: &[u8]) -> Option<()> {
        let mut rest = Reader(message);
        if message.len() < 4 {
            return None;
        }
        let (kind, len) = (rest.number(1)? as u8, rest.length(3)?);
        let name = names::of(names::HANDSHAKE_TYPES, kind.into());
        self.line(INDENT, format_args!("{name}, Length={len}"));
        // More than the message is no mistake yet.
        if rest.0.len() < len {
            return None;
        }
        match kind {
            CLIENT_HELLO => self.client_hello(rest),
            SERVER_HELLO => self.server_hello(rest),
            HELLO_VERIFY_REQUEST => {
                self.version("server_version", &mut rest)?;
                self.vector(INNER, "cookie", 1, &mut rest)
            }
            SERVER_KEY_EXCHANGE => self.server_key_exchange(rest),
            CLIENT_KEY_EXCHANGE => self.client_key_exchange(rest),
            CERTIFICATE => self.certificates(rest),
            CERTIFICATE_VERIFY => self.signature(&mut rest),
            CERTIFICATE_REQUEST => self.certificate_request(rest),
            NEW_SESSION_TICKET => self.ticket(rest),
            ENCRYPTED_EXTENSIONS => self.extensions(INNER, true, kind, &mut rest),
            KEY_UPDATE if rest.0.len() == 1 => self.list(INNER, rest.0, 1, names::KEY_UPDATES),
            KEY_UPDATE => {
                self.hex(INNER, "unexpected value", rest.0);
                None
            }
            _ => {
                self.plain(kind, rest.0);
                Some(())
            }
        }
    }

    /// A message that has no structure, or none that we know.
    fn plain(&self, kind: u8, body: &[u8]) {
        match kind {
            FINISHED => self.hex(INNER, "verify_data", body),
            SERVER_HELLO_DONE if body.is_empty() => {}
            SERVER_HELLO_DONE => self.hex(INNER, "unexpected value", body),
            _ => {
                self.line(INNER, format_args!("Unsupported, hex dump follows:"));
                self.dump(INNER + 2, body);
            }
        }
    }

    /// A vector of bytes whose length takes `size` bytes.
    fn vector(&self, indent: usize, name: &str, size: usize, rest: &mut Reader) -> Option<()> {
        self.hex(indent, name, rest.vector(size)?);
        Some(())
    }

    fn version(&self, name: &str, rest: &mut Reader) -> Option<u16> {
        let version = rest.u16()?;
        self.line(INNER, format_args!("{name}={version:#x} ({})", names::of(names::VERSIONS, version)));
        Some(version)
    }

    fn random(&self, rest: &mut Reader) -> Option<()> {
        let (time, bytes) = rest.take(32)?.split_at(4);
        let time = Reader(time).number(4)?;
        self.line(INNER, format_args!("Random:"));
        self.line(INNER + 2, format_args!("gmt_unix_time=0x{time:08X}"));
        self.hex(INNER + 2, "random_bytes", bytes);
        Some(())
    }

    fn signature(&self, rest: &mut Reader) -> Option<()> {
        if rest.0.len() < 2 {
            return None;
        }
        if self.view.schemes {
            let scheme = rest.u16()?;
            let name = names::of(names::SIGNATURE_SCHEMES, scheme);
            self.line(INNER, format_args!("Signature Algorithm: {name} ({scheme:#06x})"));
        }
        self.vector(INNER, "Signature", 2, rest)
    }

    fn client_hello(&self, mut rest: Reader) -> Option<()> {
        self.version("client_version", &mut rest)?;
        self.random(&mut rest)?;
        self.vector(INNER, "session_id", 1, &mut rest)?;
        let len = rest.length(2)?;
        self.line(INNER, format_args!("cipher_suites (len={len})"));
        let suites = rest.take(len).filter(|suites| suites.len() % 2 == 0)?;
        for suite in suites.chunks_exact(2) {
            self.line(INNER + 2, format_args!("{}", Suite([suite[0], suite[1]])));
        }
        let methods = rest.vector(1)?;
        self.line(INNER, format_args!("compression_methods (len={})", methods.len()));
        for method in methods {
            let name = names::of(names::COMPRESSION_METHODS, (*method).into());
            self.line(INNER + 2, format_args!("{name} (0x{method:02X})"));
        }
        self.extensions(INNER, false, CLIENT_HELLO, &mut rest)
    }

    fn server_hello(&self, mut rest: Reader) -> Option<()> {
        // A draft of TLS 1.3 had neither a session id nor a compression method.
        let draft = self.version("server_version", &mut rest)? == TLS1_3;
        self.random(&mut rest)?;
        if !draft {
            self.vector(INNER, "session_id", 1, &mut rest)?;
        }
        let suite = rest.u16()?.to_be_bytes();
        self.line(INNER, format_args!("cipher_suite {}", Suite(suite)));
        if !draft {
            let method = rest.number(1)? as u16;
            let name = names::of(names::COMPRESSION_METHODS, method);
            self.line(INNER, format_args!("compression_method: {name} (0x{method:02X})"));
        }
        self.extensions(INNER, true, SERVER_HELLO, &mut rest)
    }

    fn key_exchange_algorithm(&self) {
        let name = if self.view.ecdhe { "ECDHE" } else { "UNKNOWN" };
        self.line(INNER, format_args!("KeyExchangeAlgorithm={name}"));
    }

    fn client_key_exchange(&self, mut rest: Reader) -> Option<()> {
        self.key_exchange_algorithm();
        if self.view.ecdhe {
            self.vector(INNER + 2, "ecdh_Yc", 1, &mut rest)?;
        }
        rest.end()
    }

    fn server_key_exchange(&self, mut rest: Reader) -> Option<()> {
        const EXPLICIT_PRIME: u32 = 1;
        const EXPLICIT_CHAR2: u32 = 2;
        const NAMED_CURVE: u32 = 3;

        self.key_exchange_algorithm();
        if self.view.ecdhe {
            let whole = rest.0;
            let kind = rest.number(1)?;
            self.indent(INNER + 2);
            match kind {
                // Nothing of these is read, so the signature that follows is not one.
                EXPLICIT_PRIME => self.text(format_args!("explicit_prime\n")),
                EXPLICIT_CHAR2 => self.text(format_args!("explicit_char2\n")),
                NAMED_CURVE => {
                    let group = rest.u16()?;
                    self.text(format_args!("named_curve: {} ({group})\n", names::of(names::GROUPS, group)));
                    self.vector(INNER + 2, "point", 1, &mut rest)?;
                }
                _ => {
                    self.text(format_args!("UNKNOWN CURVE PARAMETER TYPE {kind}\n"));
                    return None;
                }
            }
            if kind != NAMED_CURVE {
                rest = Reader(whole);
            }
        }
        // A signature that is cut short shows in what is left.
        let _ = self.signature(&mut rest);
        rest.end()
    }

    fn certificates(&self, mut rest: Reader) -> Option<()> {
        if self.view.tls13 {
            self.vector(INNER, "context", 1, &mut rest)?;
        }
        let list = rest.only_vector(3)?;
        self.line(INNER, format_args!("certificate_list, length={}", list.len()));
        let server = self.view.sent == self.view.server;
        let mut list = Reader(list);
        while !list.0.is_empty() {
            self.certificate(list.vector(3)?);
            if self.view.tls13 {
                self.extensions(INNER + 2, server, CERTIFICATE, &mut list)?;
            }
        }
        Some(())
    }

    fn certificate(&self, der: &[u8]) {
        self.indent(INNER + 2);
        self.text(format_args!("ASN.1Cert, length={}", der.len()));
        let known = print::certificate(self.bio, der, "\n------details-----\n", "------------------\n");
        if known.is_none() {
            self.text(format_args!("<UNPARSABLE CERTIFICATE>\n"));
        }
        if known.unwrap_or(0) != der.len() {
            self.text(format_args!("<TRAILING GARBAGE AFTER CERTIFICATE>\n"));
        }
    }

    fn certificate_request(&self, mut rest: Reader) -> Option<()> {
        if self.view.tls13 {
            self.vector(INNER, "request_context", 1, &mut rest)?;
            return self.extensions(INNER, true, CERTIFICATE_REQUEST, &mut rest);
        }
        let types = rest.vector(1)?;
        self.line(INNER, format_args!("certificate_types (len={})", types.len()));
        self.list(INNER + 2, types, 1, names::CERTIFICATE_TYPES)?;
        if self.view.schemes {
            let schemes = rest.vector(2).filter(|schemes| schemes.len() % 2 == 0)?;
            self.line(INNER, format_args!("signature_algorithms (len={})", schemes.len()));
            self.schemes(INNER + 2, schemes);
        }
        let len = rest.length(2)?;
        self.indent(INNER);
        let names = rest.take(len)?;
        self.text(format_args!("certificate_authorities (len={len})\n"));
        let mut names = Reader(names);
        while !names.0.is_empty() {
            let name = names.vector(2)?;
            self.indent(INNER + 2);
            self.text(format_args!("DistinguishedName (len={}): ", name.len()));
            let end = if print::name(self.bio, name) { "\n" } else { "<UNPARSABLE DN>\n" };
            self.text(format_args!("{end}"));
        }
        rest.end()
    }

    fn ticket(&self, mut rest: Reader) -> Option<()> {
        let inner = INNER + 2;
        if rest.0.is_empty() {
            self.line(inner, format_args!("No Ticket"));
            return Some(());
        }
        let lifetime = rest.number(4)?;
        self.line(inner, format_args!("ticket_lifetime_hint={lifetime}"));
        if self.view.tls13 {
            let age_add = rest.number(4)?;
            self.line(inner, format_args!("ticket_age_add={age_add}"));
            self.vector(inner, "ticket_nonce", 1, &mut rest)?;
        }
        self.vector(inner, "ticket", 2, &mut rest)?;
        if self.view.tls13 {
            self.extensions(inner, false, NEW_SESSION_TICKET, &mut rest)?;
        }
        rest.end()
    }
}

/// A cipher suite's number and name.
struct Suite([u8; 2]);

impl std::fmt::Display for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let name = names::of(names::CIPHER_SUITES, u16::from_be_bytes(self.0));
        write!(f, "{{0x{:02X}, 0x{:02X}}} {name}", self.0[0], self.0[1])
    }
}
