//! Extensions.

use super::handshake::message_type;
use super::{Printer, Reader, names};

#[allow(missing_docs)]
mod extension {
    pub const MAX_FRAGMENT_LENGTH: u16 = 1;
    pub const SUPPORTED_GROUPS: u16 = 10;
    pub const EC_POINT_FORMATS: u16 = 11;
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    pub const ALPN: u16 = 16;
    pub const SESSION_TICKET: u16 = 35;
    pub const EARLY_DATA: u16 = 42;
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const PSK_KEY_EXCHANGE_MODES: u16 = 45;
    pub const KEY_SHARE: u16 = 51;
    pub const RENEGOTIATE: u16 = 0xff01;
}

impl Printer<'_> {
    /// Prints the extensions at the head of `rest`. `server`: a server's.
    pub fn extensions(&self, indent: usize, server: bool, message: u8, rest: &mut Reader) -> Option<()> {
        self.indent(indent);
        if rest.0.is_empty() {
            self.text(format_args!("No extensions\n"));
            return Some(());
        }
        let all = rest.vector(2)?;
        if all.is_empty() {
            self.text(format_args!("No extensions\n"));
            return Some(());
        }
        self.text(format_args!("extensions, length = {}\n", all.len()));
        let mut left = Reader(all);
        while !left.0.is_empty() {
            let whole = left.0;
            let (kind, len) = (left.u16()?, left.length(2)?);
            let Some(content) = left.take(len) else {
                self.text(format_args!("extensions, extype = {kind}, extlen = {len}\n"));
                self.dump(indent + 2, whole);
                return None;
            };
            self.extension(indent + 2, server, message, kind, content)?;
        }
        Some(())
    }

    fn extension(&self, indent: usize, server: bool, message: u8, kind: u16, content: &[u8]) -> Option<()> {
        let name = names::of(names::EXTENSIONS, kind);
        self.line(indent, format_args!("extension_type={name}({kind}), length={}", content.len()));
        let inner = indent + 2;
        let mut rest = Reader(content);
        match kind {
            extension::MAX_FRAGMENT_LENGTH if content.is_empty() => None,
            extension::MAX_FRAGMENT_LENGTH => self.list(inner, content, 1, names::FRAGMENT_LENGTHS),
            extension::EC_POINT_FORMATS => self.list(inner, rest.only_vector(1)?, 1, names::POINT_FORMATS),
            extension::SUPPORTED_GROUPS => self.list(inner, rest.only_vector(2)?, 2, names::GROUPS),
            extension::ALPN => self.protocols(inner, rest.only_vector(2)?),
            extension::SIGNATURE_ALGORITHMS => {
                let schemes = rest.only_vector(2).filter(|all| all.len() % 2 == 0)?;
                self.schemes(inner, schemes);
                Some(())
            }
            extension::RENEGOTIATE => self.renegotiate(indent + 4, server, rest.only_vector(1)?),
            extension::SESSION_TICKET => {
                if !content.is_empty() {
                    self.hex(indent + 4, "ticket", content);
                }
                Some(())
            }
            extension::KEY_SHARE => self.key_share(indent + 4, server, content),
            extension::SUPPORTED_VERSIONS if server => {
                let version = rest.u16().filter(|_| rest.0.is_empty())?;
                self.line(indent + 4, format_args!("{} ({version})", names::of(names::VERSIONS, version)));
                Some(())
            }
            extension::SUPPORTED_VERSIONS => self.list(inner, rest.only_vector(1)?, 2, names::VERSIONS),
            extension::PSK_KEY_EXCHANGE_MODES => self.list(inner, rest.only_vector(1)?, 1, names::PSK_MODES),
            extension::EARLY_DATA if message == message_type::NEW_SESSION_TICKET => {
                let most = rest.number(4).filter(|_| rest.0.is_empty())?;
                self.line(inner, format_args!("max_early_data={most}"));
                Some(())
            }
            extension::EARLY_DATA => Some(()),
            _ => {
                self.dump(inner, content);
                Some(())
            }
        }
    }

    /// Names of protocols, as they are.
    fn protocols(&self, indent: usize, list: &[u8]) -> Option<()> {
        let mut rest = Reader(list);
        while !rest.0.is_empty() {
            let protocol = rest.vector(1)?;
            self.indent(indent);
            self.bio.write_all(protocol);
            self.text(format_args!("\n"));
        }
        Some(())
    }

    /// What the Finished messages of the connection's last handshake said: the
    /// client's, and from a server its own behind that.
    fn renegotiate(&self, indent: usize, server: bool, data: &[u8]) -> Option<()> {
        if data.is_empty() {
            self.line(indent, format_args!("<EMPTY>"));
        } else if !server {
            self.hex(indent, "client_verify_data", data);
        } else if data.len() % 2 == 0 {
            let (client, server) = data.split_at(data.len() / 2);
            self.hex(indent, "client_verify_data", client);
            self.hex(indent, "server_verify_data", server);
        } else {
            return None;
        }
        Some(())
    }

    fn key_share(&self, indent: usize, server: bool, content: &[u8]) -> Option<()> {
        let group =
            |group| self.line(indent, format_args!("NamedGroup: {} ({group})", names::of(names::GROUPS, group)));
        if let (true, &[high, low]) = (server, content) {
            // A HelloRetryRequest's.
            group(u16::from_be_bytes([high, low]));
            return Some(());
        }
        let mut shares = match server {
            true if content.len() < 2 => return None,
            true => Reader(content),
            false => Reader(Reader(content).only_vector(2)?),
        };
        while !shares.0.is_empty() {
            let (number, share) = (shares.u16()?, shares.vector(2)?);
            group(number);
            self.hex(indent, "key_exchange: ", share);
        }
        Some(())
    }
}
