//! Extensions of OpenSSL's own that rustls does not have: max_fragment_length,
//! signed_certificate_timestamp and a client's certificate_authorities.

use super::Connection;
use super::accept::sni_for_rustls;
use super::block;
use super::client_hello::{ClientHello, extension};
use super::extensions::Failure;
use super::handshake::TLS1_3;
use super::resumption::{Reader, extensions};
use crate::context::custom_ext::{CustomExtension, ext};
use crate::engine;
use crate::libcrypto::err::{ERR_R_ASN1_LIB, ERR_R_INTERNAL_ERROR};
use crate::libcrypto::x509::Name;
use crate::reason::{self, alert};

const SSL_OP_DISABLE_TLSEXT_CA_NAMES: u64 = 1 << 9;
/// The messages that may have timestamps.
const WITH_SCTS: u32 =
    ext::CLIENT_HELLO | ext::TLS1_2_SERVER_HELLO | ext::TLS1_3_CERTIFICATE | ext::TLS1_3_CERTIFICATE_REQUEST;

/// Bytes of the longest fragment of this mode (`TLSEXT_max_fragment_length_*`); 0 for
/// no limit.
fn fragment_length(mode: u8) -> u16 {
    if (1..=4).contains(&mode) { 256 << mode } else { 0 }
}

impl Connection {
    /// The most plaintext of a record that we send.
    pub fn send_fragment(&self) -> usize {
        match self.fragment_limit.get() {
            0 => self.settings.borrow().max_send_fragment,
            limit => limit.into(),
        }
    }

    /// The most that rustls is given at a time to encrypt: what was agreed upon after it
    /// was configured it does not know.
    pub fn most_per_record(&self) -> usize {
        match self.fragment_limit.get() {
            0 => usize::MAX,
            limit => limit.into(),
        }
    }

    /// The session in use says how long records may be.
    pub fn follow_fragment_limit(&self) {
        self.fragment_limit.set(fragment_length(self.session_fragment_mode()));
    }

    fn session_fragment_mode(&self) -> u8 {
        self.session.borrow().as_ref().map_or(0, |session| session.read(|fields| fields.max_fragment_len_mode))
    }

    /// A record with `len` bytes of plaintext came; false, and a failure, when that is
    /// more than was agreed upon.
    pub fn permits_fragment(&self, len: usize) -> bool {
        let limit = self.fragment_limit.get();
        // Before its ServerHello a client does not know whether the session is resumed.
        let fits = limit == 0 || len <= usize::from(limit) || self.negotiated.borrow().version == 0;
        if !fits {
            self.failure.set(Some((reason::DATA_LENGTH_TOO_LONG, alert::RECORD_OVERFLOW)));
        }
        fits
    }

    /// Whether a client has its server's timestamps judged.
    fn judges_scts(&self) -> bool {
        !self.is_server() && self.inherited.get().ct.function.is_some()
    }

    /// Whether a client has somebody to read timestamps in an extension: it judges them, or the
    /// program has the extension for its own.
    pub fn takes_scts(&self) -> bool {
        let mine = |custom: &CustomExtension| custom.kind == extension::SIGNED_CERTIFICATE_TIMESTAMP;
        self.judges_scts() || self.settings.borrow().custom_extensions.iter().any(mine)
    }

    /// Names of authorities for a client's hello.
    fn offered_authorities(&self) -> Option<Vec<Vec<u8>>> {
        let own = self.authorities.borrow();
        let context = self.context.borrow();
        context.trust.authorities(|shared| {
            let list = own.any.as_ref().or(shared.any.as_ref()).filter(|list| !list.is_empty());
            list.map(|list| list.to_der())
        })
    }

    /// The extensions of a client's hello, encoded.
    pub fn built_in_of_client(&self) -> Result<Vec<u8>, Failure> {
        const TOO_LONG: Failure = (ERR_R_INTERNAL_ERROR, alert::INTERNAL_ERROR);
        let mut block = Vec::new();
        if let Some(name) = self.odd_hostname() {
            const HOST_NAME: &[u8] = &[0];
            let len = |len: usize| u16::try_from(len).map(u16::to_be_bytes).map_err(|_| TOO_LONG);
            let list = [&len(name.len() + 3)?, HOST_NAME, &len(name.len())?, &name].concat();
            block.extend(block::encoded(extension::SERVER_NAME, &list).ok_or(TOO_LONG)?);
        }
        let mode = self.settings.borrow().max_fragment_mode;
        if mode != 0 {
            block.extend(block::encoded(extension::MAX_FRAGMENT_LENGTH, &[mode]).ok_or(TOO_LONG)?);
        }
        if self.judges_scts() {
            block.extend(block::encoded(extension::SIGNED_CERTIFICATE_TIMESTAMP, &[]).ok_or(TOO_LONG)?);
        }
        if let Some(names) = self.offered_authorities().filter(|_| self.enabled_versions().1) {
            let shown = self.settings.borrow().options & SSL_OP_DISABLE_TLSEXT_CA_NAMES == 0;
            let mut list = vec![0, 0];
            for name in names.iter().filter(|_| shown) {
                list.extend(u16::try_from(name.len()).map_err(|_| TOO_LONG)?.to_be_bytes());
                list.extend_from_slice(name);
            }
            let len = u16::try_from(list.len() - 2).map_err(|_| TOO_LONG)?;
            list[..2].copy_from_slice(&len.to_be_bytes());
            block.extend(block::encoded(extension::CERTIFICATE_AUTHORITIES, &list).ok_or(TOO_LONG)?);
        }
        Ok(block)
    }

    /// Whether what a client sends may be answered.
    pub fn awaits_built_in(&self) -> bool {
        self.settings.borrow().max_fragment_mode != 0 || self.judges_scts() || self.odd_hostname().is_some()
    }

    /// The name that a client asks for, if rustls would not send it, or not as it is: no host
    /// has it, or it ends with a dot.
    pub fn odd_hostname(&self) -> Option<Vec<u8>> {
        let name = self.hostname.borrow();
        let name = name.as_ref().filter(|_| !self.is_server())?;
        let plain = name.to_str().is_ok_and(|name| engine::is_host_name(name) && !name.ends_with('.'));
        (!plain).then(|| name.as_bytes().to_vec())
    }

    /// What a server adds to the message `context`, encoded.
    pub fn built_in_of_server(&self, context: u32) -> Vec<u8> {
        let answers = context & (ext::TLS1_2_SERVER_HELLO | ext::TLS1_3_ENCRYPTED_EXTENSIONS) != 0;
        if !answers || !self.is_server() {
            return Vec::new();
        }
        let mut block = Vec::new();
        if self.acknowledges_odd_name() {
            block.extend(block::encoded(extension::SERVER_NAME, &[]).unwrap_or_default());
        }
        if self.fragment_limit.get() != 0 {
            let mode = [self.session_fragment_mode()];
            block.extend(block::encoded(extension::MAX_FRAGMENT_LENGTH, &mode).unwrap_or_default());
        }
        block
    }

    /// Whether a server acknowledges a name that is hidden from rustls, as it is no host's.
    fn acknowledges_odd_name(&self) -> bool {
        let (tls13, acknowledged) = {
            let negotiated = self.negotiated.borrow();
            (negotiated.version == TLS1_3, negotiated.servername_acknowledged)
        };
        let odd = |hello: &ClientHello| hello.server_name.is_some() && sni_for_rustls(hello).is_none();
        // Up to TLS 1.2 the session has the name.
        acknowledged && (tls13 || !self.reused.get()) && self.client_hello.borrow().as_deref().is_some_and(odd)
    }

    /// A server reads what rustls does not in a ClientHello.
    pub fn read_built_in_of_client(&self, hello: &ClientHello) -> Result<(), Failure> {
        if let Some(content) = hello.extension(extension::MAX_FRAGMENT_LENGTH) {
            let mode = fragment_mode(content)?;
            // A resumed session has what was agreed upon.
            if let Some(session) = self.current_session().filter(|_| !self.reused.get()) {
                session.update(|fields| fields.max_fragment_len_mode = mode);
            }
        }
        self.follow_fragment_limit();
        if self.fragment_limit.get() != 0 {
            self.rewrites.activate_writes();
        }
        let names = hello.extension(extension::CERTIFICATE_AUTHORITIES);
        if let Some(content) = names.filter(|_| self.negotiated.borrow().version == TLS1_3) {
            self.peer_authorities.replace(Some(authority_names(content)?));
        }
        Ok(())
    }

    /// A client reads what its server answered in the message `context`.
    pub fn read_built_in_of_server(&self, context: u32, block: &[u8]) -> Result<(), Failure> {
        if self.is_server() {
            return Ok(());
        }
        let own = self.settings.borrow().max_fragment_mode;
        let answers = context & (ext::TLS1_2_SERVER_HELLO | ext::TLS1_3_ENCRYPTED_EXTENSIONS) != 0;
        let find = |wanted: u16| extensions(block).find(|&(kind, _)| kind == wanted).map(|(_, content)| content);
        if let Some(content) = find(extension::MAX_FRAGMENT_LENGTH).filter(|_| answers && own != 0) {
            if fragment_mode(content)? != own {
                return Err((reason::SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH, alert::ILLEGAL_PARAMETER));
            }
            if let Some(session) = self.current_session() {
                session.update(|fields| fields.max_fragment_len_mode = own);
            }
            self.follow_fragment_limit();
        }
        if let Some(content) = find(extension::SIGNED_CERTIFICATE_TIMESTAMP) {
            let judged = self.judges_scts() && context & WITH_SCTS != 0;
            if judged && context != ext::TLS1_3_CERTIFICATE_REQUEST {
                self.extensions.scts.replace(content.to_vec());
            }
        }
        Ok(())
    }

    /// Whether an extension of the message `context` is read here, and by no callback of
    /// the program's; a failure where OpenSSL does not have it there.
    pub fn reads_built_in(&self, kind: u16, context: u32) -> Result<bool, Failure> {
        if kind != extension::SIGNED_CERTIFICATE_TIMESTAMP {
            return Ok(false);
        }
        if context & WITH_SCTS == 0 {
            return Err((reason::BAD_EXTENSION, alert::ILLEGAL_PARAMETER));
        }
        Ok(self.judges_scts())
    }

    /// Whether the extension is one that a server answers with and rustls refuses.
    pub fn is_built_in_answer(&self, kind: u16) -> bool {
        match kind {
            extension::MAX_FRAGMENT_LENGTH => !self.is_server() && self.settings.borrow().max_fragment_mode != 0,
            extension::SIGNED_CERTIFICATE_TIMESTAMP => self.judges_scts(),
            extension::SERVER_NAME => self.odd_hostname().is_some(),
            _ => false,
        }
    }

    /// The server's timestamps in TLS's own extension.
    pub fn scts_of_extension(&self) -> Vec<u8> {
        self.extensions.used().map_or_else(Vec::new, |extensions| extensions.scts.borrow().clone())
    }
}

/// The content of a max_fragment_length extension (RFC 6066, 4).
fn fragment_mode(content: &[u8]) -> Result<u8, Failure> {
    match *content {
        [mode] if fragment_length(mode) != 0 => Ok(mode),
        [_] => Err((reason::SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH, alert::ILLEGAL_PARAMETER)),
        _ => Err((reason::BAD_EXTENSION, alert::DECODE_ERROR)),
    }
}

const MISMATCH: Failure = (reason::LENGTH_MISMATCH, alert::DECODE_ERROR);

/// The names of a certificate_authorities extension (RFC 8446, 4.2.4), DER.
fn authority_names(content: &[u8]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut reader = Reader(content);
    let names = names_of(reader.vector(2).ok_or(MISMATCH)?)?;
    if reader.0.is_empty() { Ok(names) } else { Err((reason::BAD_EXTENSION, alert::DECODE_ERROR)) }
}

/// The names of a list of authorities, DER.
pub fn names_of(list: &[u8]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut list = Reader(list);
    let mut names = Vec::new();
    while !list.0.is_empty() {
        let der = list.vector(2).ok_or(MISMATCH)?;
        let name = Name::from_der(der).ok_or((ERR_R_ASN1_LIB, alert::DECODE_ERROR))?;
        if name.to_der().len() != der.len() {
            return Err((reason::CA_DN_LENGTH_MISMATCH, alert::DECODE_ERROR));
        }
        names.push(der.to_vec());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_have_lengths() {
        assert_eq!([0, 1, 2, 3, 4, 5, 255].map(fragment_length), [0, 512, 1024, 2048, 4096, 0, 0]);
        assert_eq!(fragment_mode(&[3]), Ok(3));
        assert_eq!(fragment_mode(&[5]), Err((reason::SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH, 47)));
        assert_eq!(fragment_mode(&[0]), Err((reason::SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH, 47)));
        assert_eq!(fragment_mode(&[1, 1]), Err((reason::BAD_EXTENSION, 50)));
        assert_eq!(fragment_mode(&[]), Err((reason::BAD_EXTENSION, 50)));
    }

    #[test]
    fn names_of_authorities_are_checked() {
        let name = [0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 6, 3, 0x55, 4, 3, 0x0c, 1, b'a'];
        let entry = [&[0, name.len() as u8], &name[..]].concat();
        let list = |entries: &[u8]| [&[0, entries.len() as u8], entries].concat();
        assert_eq!(authority_names(&list(&entry)), Ok(vec![name.to_vec()]));
        assert_eq!(authority_names(&[0, 0]), Ok(Vec::new()));
        assert_eq!(authority_names(&[0, 0, 0]), Err((reason::BAD_EXTENSION, 50)));
        assert_eq!(authority_names(&[0]), Err((reason::LENGTH_MISMATCH, 50)));
        assert_eq!(authority_names(&list(&entry[..5])), Err((reason::LENGTH_MISMATCH, 50)));
        assert_eq!(authority_names(&list(&[0, 2, 0x30, 5])), Err((ERR_R_ASN1_LIB, 50)));
        let longer = [&[0, name.len() as u8 + 1], &name[..], &[0]].concat();
        assert_eq!(authority_names(&list(&longer)), Err((reason::CA_DN_LENGTH_MISMATCH, 50)));
    }
}
