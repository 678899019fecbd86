//! A session as text: `SSL_SESSION_print`, `SSL_SESSION_print_keylog`.

use std::ffi::{CStr, CString};
use std::fmt;
use std::io::{self, Write};

use libc::{c_int, c_long};

use super::{Fields, Session};
use crate::context::cipher;
use crate::libcrypto::bio::Bio;
use crate::libcrypto::store;

const TLS1_3_VERSION: c_int = 0x0304;
/// How far the dump of a ticket is indented.
const INDENT: c_int = 4;

/// Writes all there is to see. As with OpenSSL it ends, and fails, at a text
/// that is there but empty.
pub fn print(bio: &Bio, session: &Session) -> bool {
    // A copy: a BIO may call back into the program.
    let fields = session.read(Clone::clone);
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let complete = before_ticket(&mut head, &fields).is_ok();
    bio.write_all(&head)
        && complete
        && fields.ticket.as_ref().is_none_or(|ticket| {
            bio.write_all(b"\n    TLS session ticket:\n") && !ticket.is_empty() && bio.dump(ticket, INDENT)
        })
        && after_ticket(&mut tail, &fields).is_ok()
        && bio.write_all(&tail)
}

/// Writes the id and the secret as a line of NSS's key log.
pub fn print_keylog(bio: &Bio, session: &Session) -> bool {
    let (id, secret) = session.read(|fields| (fields.id, fields.secret.clone()));
    if id.is_empty() || secret.is_empty() {
        return false;
    }
    let line = format!("RSA Session-ID:{} Master-Key:{}\n", Hex(id.as_bytes()), Hex(&secret));
    bio.write_all(line.as_bytes())
}

fn before_ticket(out: &mut Vec<u8>, fields: &Fields) -> io::Result<()> {
    writeln!(out, "SSL-Session:")?;
    writeln!(out, "    Protocol  : {}", protocol(fields.version))?;
    match cipher::by_code_point(fields.cipher) {
        Some(cipher) => writeln!(out, "    Cipher    : {}", cipher.name.to_string_lossy())?,
        None => writeln!(out, "    Cipher    : {:04X}", fields.cipher)?,
    }
    writeln!(out, "    Session-ID: {}", Hex(fields.id.as_bytes()))?;
    writeln!(out, "    Session-ID-ctx: {}", Hex(fields.id_context.as_bytes()))?;
    let secret = if fields.version == TLS1_3_VERSION { "Resumption PSK" } else { "Master-Key" };
    writeln!(out, "    {secret}: {}", Hex(&fields.secret))?;
    write!(out, "    PSK identity: ")?;
    write_text(out, &fields.psk_identity)?;
    write!(out, "\n    PSK identity hint: ")?;
    write_text(out, &fields.psk_identity_hint)?;
    write!(out, "\n    SRP username: ")?;
    write_text(out, &fields.srp_username)?;
    if fields.lifetime_hint != 0 {
        write!(out, "\n    TLS session ticket lifetime hint: {} (seconds)", fields.lifetime_hint as c_long)?;
    }
    Ok(())
}

fn write_text(out: &mut Vec<u8>, text: &Option<CString>) -> io::Result<()> {
    let text = text.as_deref().map_or(&b"None"[..], CStr::to_bytes);
    if text.is_empty() {
        return Err(io::ErrorKind::WriteZero.into());
    }
    out.write_all(text)
}

fn after_ticket(out: &mut Vec<u8>, fields: &Fields) -> io::Result<()> {
    if fields.compression != 0 {
        // OpenSSL looks for the method by the cipher.
        cipher::by_code_point(fields.cipher).ok_or(io::ErrorKind::NotFound)?;
        write!(out, "\n    Compression: {}", fields.compression)?;
    }
    if fields.time != 0 {
        write!(out, "\n    Start Time: {}", fields.time)?;
    }
    if fields.timeout != 0 {
        write!(out, "\n    Timeout   : {} (sec)", fields.timeout)?;
    }
    writeln!(out)?;
    let reason = store::error_string(fields.verify_result as c_int);
    writeln!(out, "    Verify return code: {} ({reason})", fields.verify_result)?;
    let extended = if fields.extended_master_secret() { "yes" } else { "no" };
    writeln!(out, "    Extended master secret: {extended}")?;
    if fields.version == TLS1_3_VERSION {
        writeln!(out, "    Max Early Data: {}", fields.max_early_data)?;
    }
    Ok(())
}

fn protocol(version: c_int) -> &'static str {
    match version {
        0x0304 => "TLSv1.3",
        0x0303 => "TLSv1.2",
        0x0302 => "TLSv1.1",
        0x0301 => "TLSv1",
        0x0300 => "SSLv3",
        0x0100 => "DTLSv0.9",
        0xfeff => "DTLSv1",
        0xfefd => "DTLSv1.2",
        _ => "unknown",
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}
