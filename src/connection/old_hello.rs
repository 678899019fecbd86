//! A ClientHello in the form of SSL 2, which clients of old used to offer later versions in.
//!
//! It has no extensions, so it names no groups, and without one OpenSSL agrees upon no suite
//! with ephemeral keys: no such hello leads to a connection here. It is read for the sake of
//! the reason that OpenSSL has.

use super::Connection;
use super::client_hello::Malformed;
use super::resumption::Reader;
use crate::reason::{self, alert};

const CLIENT_HELLO: u8 = 1;
/// The length of the record, which takes two bytes.
pub const HEADER: usize = 2;
/// Type, version, and the lengths of the three parts.
const LEAST: usize = 9;
const SSL3: usize = 0x0300;
const TLS1_2: usize = 0x0303;
/// TLS 1.0, 1.1 and 1.2, with the options that turn them off.
const VERSIONS: [(usize, u64); 3] = [(0x0301, 1 << 26), (0x0302, 1 << 28), (TLS1_2, 1 << 27)];

/// Whether a connection begins with such a hello.
pub fn begins(header: &[u8; 5]) -> bool {
    header[0] & 0x80 != 0 && header[2] == CLIENT_HELLO
}

/// How long the message is.
pub fn len(header: &[u8; 5]) -> usize {
    usize::from(u16::from_be_bytes([header[0] & 0x7f, header[1]]))
}

/// Why a message of this length is not waited for.
pub fn refuse_len(len: usize, most: usize) -> Option<Malformed> {
    match len {
        _ if len > most => Some((reason::PACKET_LENGTH_TOO_LONG, alert::RECORD_OVERFLOW)),
        _ if len < LEAST => Some((reason::LENGTH_TOO_SHORT, alert::DECODE_ERROR)),
        _ => None,
    }
}

impl Connection {
    /// Why the server refuses the message.
    pub fn refuse_old_hello(&self, message: &[u8]) -> Malformed {
        let (version, suites) = match parts(message) {
            Ok(parts) => parts,
            Err(malformed) => return malformed,
        };
        if version >> 8 != SSL3 >> 8 {
            return (reason::UNKNOWN_PROTOCOL, alert::PROTOCOL_VERSION);
        }
        if let Some(reason) = self.refuse_old_version(version) {
            // To a client of SSL 3 there is no better alert.
            let alert = if version <= SSL3 { alert::HANDSHAKE_FAILURE } else { alert::PROTOCOL_VERSION };
            return (reason, alert);
        }
        match suites.len() {
            0 => (reason::NO_CIPHERS_SPECIFIED, alert::ILLEGAL_PARAMETER),
            len if len % 3 != 0 => (reason::ERROR_IN_RECEIVED_CIPHER_LIST, alert::DECODE_ERROR),
            _ => (reason::NO_SHARED_CIPHER, alert::HANDSHAKE_FAILURE),
        }
    }

    fn refuse_old_version(&self, offered: usize) -> Option<libc::c_int> {
        let (method, options, min, max) = {
            let s = self.settings.borrow();
            (s.method, s.options, usize::from(s.min_version), usize::from(s.max_version))
        };
        if let Some(fixed) = method.version() {
            return (offered < usize::from(fixed)).then_some(reason::WRONG_SSL_VERSION);
        }
        if offered <= SSL3 {
            return Some(reason::VERSION_TOO_LOW);
        }
        let enabled = |&(version, off): &(usize, u64)| {
            version <= offered && version >= min && (max == 0 || version <= max) && options & off == 0
        };
        (!VERSIONS.iter().any(enabled)).then_some(reason::UNSUPPORTED_PROTOCOL)
    }
}

/// The version and the suites, if the parts are what the message consists of.
fn parts(message: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    const LONGEST_ID: usize = 32;
    let mismatch = (reason::RECORD_LENGTH_MISMATCH, alert::DECODE_ERROR);
    let mut reader = Reader(message.get(1..).unwrap_or_default());
    let [version, suites, id, challenge] = [(); 4].map(|()| reader.number(2));
    let (Some(version), Some(suites), Some(id), Some(challenge)) = (version, suites, id, challenge) else {
        return Err(mismatch);
    };
    if id > LONGEST_ID {
        return Err((reason::LENGTH_MISMATCH, alert::ILLEGAL_PARAMETER));
    }
    let suites = reader.take(suites).ok_or(mismatch)?;
    let rest = reader.take(id).and(reader.take(challenge));
    rest.filter(|_| reader.0.is_empty()).map(|_| (version, suites)).ok_or(mismatch)
}
