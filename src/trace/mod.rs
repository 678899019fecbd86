//! Messages as text, as `SSL_trace` prints them.
//!
//! The text is OpenSSL's to the letter, also of messages that are cut short or
//! wrong: what could be read before the mistake is printed first.

pub mod alerts;
mod extensions;
mod handshake;
mod names;

use std::fmt;

use libc::c_int;

use crate::libcrypto::bio::Bio;
use names::Table;

/// The pseudo type of a record's header.
const HEADER: c_int = 0x100;
/// The pseudo type of the content type inside an encrypted record.
const INNER_CONTENT_TYPE: c_int = 0x101;
const CHANGE_CIPHER_SPEC: c_int = 20;
const ALERT: c_int = 21;
const HANDSHAKE: c_int = 22;

/// What a message means depends on the connection that it belongs to.
#[derive(Clone, Copy)]
pub struct View {
    /// Whether we sent it.
    pub sent: bool,
    /// Whether we are the server.
    pub server: bool,
    /// TLS 1.3 was negotiated.
    pub tls13: bool,
    /// Signatures name their scheme, as since TLS 1.2.
    pub schemes: bool,
    /// The cipher suite's key exchange is ECDHE; of no other do we know the form.
    pub ecdhe: bool,
}

/// Prints a message, or part of a record, of the given content type.
pub fn message(bio: &Bio, view: View, content_type: c_int, message: &[u8]) {
    let out = Printer { bio, view };
    match content_type {
        HEADER => out.header(message),
        INNER_CONTENT_TYPE => {
            let kind = message.first().copied().unwrap_or(0);
            let name = names::of(names::CONTENT_TYPES, kind.into());
            out.text(format_args!("  Inner Content Type = {name} ({kind})"));
        }
        HANDSHAKE if out.handshake(message).is_none() => out.text(format_args!("Message length parse error!\n")),
        CHANGE_CIPHER_SPEC if message == [1] => out.line(4, format_args!("change_cipher_spec (1)")),
        CHANGE_CIPHER_SPEC => out.hex(4, "unknown value", message),
        ALERT => match message {
            [level, description] => {
                let level_name = alerts::level(c_int::from(*level) << 8).1.to_string_lossy();
                let name = alerts::description((*description).into()).1.to_string_lossy();
                out.line(4, format_args!("Level={level_name}({level}), description={name}({description})"));
            }
            _ => out.line(4, format_args!("Illegal Alert Length")),
        },
        _ => {}
    }
    out.text(format_args!("\n"));
}

/// Where the text goes.
struct Printer<'a> {
    bio: &'a Bio,
    view: View,
}

impl Printer<'_> {
    fn header(&self, header: &[u8]) {
        let way = if self.view.sent { "Sent" } else { "Received" };
        let &[kind, major, minor, .., high, low] = header else {
            self.text(format_args!("{way}"));
            return self.hex(0, " too short message", header);
        };
        let version = u16::from_be_bytes([major, minor]);
        self.text(format_args!(
            "{way} Record\nHeader:\n  Version = {} ({version:#x})\n  Content Type = {} ({kind})\n  Length = {}",
            names::of(names::VERSIONS, version),
            names::of(names::CONTENT_TYPES, kind.into()),
            u16::from_be_bytes([high, low]),
        ));
    }

    /// Prints as it is.
    fn text(&self, text: fmt::Arguments) {
        self.bio.write_all(text.to_string().as_bytes());
    }

    /// Prints blanks.
    fn indent(&self, indent: usize) {
        self.text(format_args!("{:indent$}", ""));
    }

    /// Prints a line.
    fn line(&self, indent: usize, text: fmt::Arguments) {
        self.text(format_args!("{:indent$}{text}\n", ""));
    }

    /// Prints a field that is bytes.
    fn hex(&self, indent: usize, name: &str, bytes: &[u8]) {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        self.line(indent, format_args!("{name} (len={}): {digits}", bytes.len()));
    }

    /// Prints a dump of what has no form that we know.
    fn dump(&self, indent: usize, bytes: &[u8]) {
        self.bio.dump(bytes, c_int::try_from(indent).unwrap_or(0));
    }

    /// Prints numbers of `size` bytes, each with its name.
    fn list(&self, indent: usize, bytes: &[u8], size: usize, table: &Table) -> Option<()> {
        if bytes.len() % size != 0 {
            return None;
        }
        for number in bytes.chunks_exact(size) {
            let number = number.iter().fold(0, |value, byte| value << 8 | u16::from(*byte));
            self.line(indent, format_args!("{} ({number})", names::of(table, number)));
        }
        Some(())
    }

    /// Prints signature schemes.
    fn schemes(&self, indent: usize, bytes: &[u8]) {
        for scheme in bytes.chunks_exact(2) {
            let scheme = u16::from_be_bytes([scheme[0], scheme[1]]);
            self.line(indent, format_args!("{} ({scheme:#06x})", names::of(names::SIGNATURE_SCHEMES, scheme)));
        }
    }
}

/// What is left to read of a message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next `len` bytes.
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    /// A big-endian number of `len` bytes, four at most.
    fn number(&mut self, len: usize) -> Option<u32> {
        Some(self.take(len)?.iter().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    /// Two bytes.
    fn u16(&mut self) -> Option<u16> {
        Some(self.number(2)? as u16)
    }

    /// A length of `len` bytes.
    fn length(&mut self, len: usize) -> Option<usize> {
        Some(self.number(len)? as usize)
    }

    /// A vector whose length takes `len` bytes. As of everything, nothing is read
    /// when it is not whole.
    fn vector(&mut self, len: usize) -> Option<&'a [u8]> {
        let mut ahead = Reader(self.0);
        let count = ahead.length(len)?;
        let vector = ahead.take(count)?;
        self.0 = ahead.0;
        Some(vector)
    }

    /// A vector behind which nothing may follow.
    fn only_vector(&mut self, len: usize) -> Option<&'a [u8]> {
        let vector = self.vector(len)?;
        self.end()?;
        Some(vector)
    }

    /// Nothing may follow.
    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
